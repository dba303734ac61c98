"""The canaries of a ring: its targets take each step together, and are judged together."""
