"""Workers Observability: queries over Workers Logs."""
