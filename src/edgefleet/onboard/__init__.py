"""The way to a fleet: what this machine lacks."""
