"""Telegram: its Bot API, the updates it tells us, the pace it allows, and the proofs it signs for signing in."""
