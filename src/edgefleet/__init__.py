"""Deploys one Cloudflare Worker to many tenants, each in a Cloudflare account of its own."""
