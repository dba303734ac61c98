"""A deploy: from a plan to a version that is live and healthy, or back."""
