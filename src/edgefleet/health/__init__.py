"""Whether the right Worker answers, and whether it does what its fleet asks of it."""
