"""Tenants as a whole: add one, remove one."""
