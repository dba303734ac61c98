"""GitHub's REST API, and the log of GitHub Actions."""
