"""What runs and was not deployed on purpose."""
