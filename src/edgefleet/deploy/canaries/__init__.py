"""A canary under traffic, as a deploy takes a version through its steps."""
