"""Chat channels: what a messenger's message means to us, and what ours looks like in it."""
