"""Read what runs at Cloudflare, and refuse what no fleet can take in."""
