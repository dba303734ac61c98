"""A canary under traffic: what both versions did, and whether the new one may have more."""
