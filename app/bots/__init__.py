"""The conversation: what is said in a chat to what a person does, the same in every messenger.

`engine.step` takes one event and gives one answer. What there is to do is in `flows/`, one file a subject; `table.py`
puts them together, and `flask chats diagram` draws it.
"""
