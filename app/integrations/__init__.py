"""Wire clients of outside providers: no models, no framework, no rules of this product."""
