"""Telegram: the Bot API for the product, and the phones of the people who talk to its bot."""
