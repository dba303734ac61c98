"""Deploys one Cloudflare Worker to many tenants, each in its own Cloudflare account."""
