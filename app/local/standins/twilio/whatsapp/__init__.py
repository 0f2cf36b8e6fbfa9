"""WhatsApp as Twilio speaks it: messages, the Content API, the 24-hour window, and the phones with people on them."""
