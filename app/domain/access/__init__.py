"""Keys: who may see a flat's codes, and when."""
