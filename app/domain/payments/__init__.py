"""Payments: intended by us, made by the provider. Knows nothing of bookings' rules (see domain/checkout)."""
