"""Workers KV: namespaces and their pairs."""
