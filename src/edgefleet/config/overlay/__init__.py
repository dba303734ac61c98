"""The Worker's own wrangler file as base, and what a tenant's file changes of it."""
