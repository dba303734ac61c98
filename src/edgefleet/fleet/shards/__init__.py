"""Parts of a fleet, each for one runner of GitHub Actions."""
