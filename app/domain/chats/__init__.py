"""Chats with people: whose a chat is, and what it is told."""
