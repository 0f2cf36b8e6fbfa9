"""A stand-in for Twilio's SMS API, with the phones that receive the messages."""
