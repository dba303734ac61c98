"""What a target went through: records, joined with what Cloudflare tells."""
