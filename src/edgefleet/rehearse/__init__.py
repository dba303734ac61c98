"""The rehearsal: all of it on a Cloudflare that runs on this machine."""
