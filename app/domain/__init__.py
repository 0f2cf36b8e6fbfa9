"""The rules of the product, one package a capability."""
