"""Versions that this machine has looked at before: what never changes of them."""
