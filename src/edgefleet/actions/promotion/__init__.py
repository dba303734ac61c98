"""What staging proved, by GitHub's deployments."""
