"""Which targets a run works on, and how its jobs learn of them."""
