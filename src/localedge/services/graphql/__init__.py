"""Cloudflare's GraphQL Analytics API, for the datasets that localedge fills."""
