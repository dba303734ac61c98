"""Scripts as they are stored: versions, deployments, modules, secrets."""
