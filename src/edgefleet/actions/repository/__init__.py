"""How a repository is set up at GitHub."""
