"""The data plane: Workers in workerd, by Miniflare."""
