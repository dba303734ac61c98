"""Desired state and live state in one form, and their difference."""
