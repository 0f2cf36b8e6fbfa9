"""Commands of the product, as staff type them."""
