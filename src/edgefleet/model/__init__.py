"""Pure data: frozen, unknown keys refused."""
