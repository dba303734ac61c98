"""What Cloudflare tells of the requests that versions served."""
