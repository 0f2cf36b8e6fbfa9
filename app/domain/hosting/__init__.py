"""What a landlord does with their own flats: looks after bookings, prices and terms. Above everything it changes."""
