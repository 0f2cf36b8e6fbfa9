"""A stand-in for Kaspi's merchant gateway: its API, its payer's page, its callbacks, and switches for its faults."""
