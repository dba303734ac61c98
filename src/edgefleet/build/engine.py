"""What makes an upload: the repository's wrangler, or edgefleet through Cloudflare's API."""

WRANGLER = "wrangler"
API = "api"
ENGINES = (WRANGLER, API)
