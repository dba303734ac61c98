"""What a fleet says of its Worker's health check and smoke test, in fleet.jsonc."""
