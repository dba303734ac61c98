"""Workers themselves: scripts, versions, deployments, secrets, settings, Cron Triggers."""
