"""Static assets: read into bundles, and remembered by their digest."""
