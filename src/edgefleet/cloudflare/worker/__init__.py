"""What a Worker is made of, in Cloudflare's form: modules, bindings, migrations, metadata."""
