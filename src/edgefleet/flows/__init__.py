"""Use cases, each reading like a runbook."""
