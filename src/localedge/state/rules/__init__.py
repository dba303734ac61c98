"""Cloudflare's rules as pure functions: they get data, and return data or raise an API error."""
