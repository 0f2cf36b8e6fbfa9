"""Drawn pictures of rooms, so that demo flats have photographs nobody has to license."""
