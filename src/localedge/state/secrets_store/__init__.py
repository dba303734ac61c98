"""Secrets Store: secrets of an account that many Workers can be bound to."""
