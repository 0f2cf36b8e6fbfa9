"""Finding a flat: the narrow index and the queries over it."""
