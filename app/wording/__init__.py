"""What people read of the domain's answers, the same on pages, in the API and in chats."""
