"""`make run`: the whole product on one machine, as the real processes, supervised."""
