"""What makes the product run on one machine: servers, stand-ins for providers, demo data. Never in production."""
