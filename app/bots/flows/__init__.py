"""The subjects of the conversation, one file each: its acts (buttons) and what typed text means in its states."""
