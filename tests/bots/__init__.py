"""The conversation, turn by turn, without a messenger."""
