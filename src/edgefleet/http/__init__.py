"""HTTP: connections, proxies, limits on answers, and retries."""
