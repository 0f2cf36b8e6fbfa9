"""`flask seed-scale`: the customer's data sizes, filled by COPY, for measuring. Never part of production."""
