"""One Worker's script: its uploads, versions, deployments, settings and secrets."""
