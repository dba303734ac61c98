"""From source to a bundle, and from a bundle to a rendered configuration."""
