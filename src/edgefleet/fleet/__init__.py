"""Changing many targets: rings, several at once, one record."""
