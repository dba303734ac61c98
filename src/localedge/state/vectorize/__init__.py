"""Vectorize: indexes and their vectors."""
