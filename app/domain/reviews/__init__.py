"""What guests say after a stay, the landlord's reply, and the rating of a flat."""
