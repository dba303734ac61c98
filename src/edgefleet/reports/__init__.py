"""Renderers: they take model objects and return strings."""
