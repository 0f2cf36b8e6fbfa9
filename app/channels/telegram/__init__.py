"""Telegram as a channel: what its updates mean to us, and what our messages look like there."""
