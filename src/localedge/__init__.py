"""A local Cloudflare: API v4 in front, and what was uploaded runs in workerd behind."""
