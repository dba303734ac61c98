"""How Cloudflare's API looks on the wire: envelope, error codes, forms."""
