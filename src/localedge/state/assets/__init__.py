"""Static assets: manifests, upload tokens, contents by hash, and the rules of their files."""
