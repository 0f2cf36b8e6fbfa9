"""What guest and landlord write to each other: masking of contacts, writing, reading."""
