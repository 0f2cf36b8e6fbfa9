"""Demo data of `make run`: believable flats, people, stays and drawn rooms. Never part of production."""
