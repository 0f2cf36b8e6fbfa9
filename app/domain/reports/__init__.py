"""What the business asks about itself."""
