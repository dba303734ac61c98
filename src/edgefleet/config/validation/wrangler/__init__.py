"""Rules for wrangler files: form, keys, base and overlays."""
