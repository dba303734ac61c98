"""Make what a tenant's files bind and its account lacks."""
