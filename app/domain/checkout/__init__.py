"""Above bookings and payments, which do not know each other: hold, pay, settle, expire, cancel."""
