"""Running Workers: Miniflare instances, each a workerd, in one Node.js process."""
