"""The life of a booking. Knows nothing of payments (see domain/checkout)."""
