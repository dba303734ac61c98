"""Reading a tenant's files: JSONC with positions, and problems with their places."""
