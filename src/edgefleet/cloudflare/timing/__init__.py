"""Requests and the time: how many the API takes, and what time it is at Cloudflare."""
