"""What a repository of a fleet has at GitHub: environments, reviewers, secrets."""
