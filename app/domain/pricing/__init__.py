"""What a stay costs, as lines that anyone can follow."""
