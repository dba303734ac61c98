"""Returning to an earlier version."""
