"""Flats that a person saved («избранное»): one list, the same on the portal, in the API and in chats."""
