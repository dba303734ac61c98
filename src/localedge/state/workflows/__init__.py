"""Workflows: which class of which script runs each, and the instances that were created."""
