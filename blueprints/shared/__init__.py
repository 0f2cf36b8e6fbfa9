"""What the blueprints share: rendering, access policies, identity, limits, error pages."""
