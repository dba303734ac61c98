"""A Worker that its own command builds, and what that leaves for wrangler."""
