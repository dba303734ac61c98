"""Make in an account what Workers bind."""
