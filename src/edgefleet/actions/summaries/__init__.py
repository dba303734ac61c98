"""What stands on the page of a run."""
