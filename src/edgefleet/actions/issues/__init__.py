"""The GitHub issues about drift and about failed runs."""
