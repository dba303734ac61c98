"""What every package stands on: it knows neither Cloudflare nor tenants."""
