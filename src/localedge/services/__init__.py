"""One API service a file: routes in, Cloudflare's rules, envelopes out."""
