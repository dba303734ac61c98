"""Cloudflare's API v4, and nothing else: the one package that knows its paths and answers."""
