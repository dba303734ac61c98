"""Text for terminals, logs, pages and code scanning."""
