"""What stops a deploy before it changes anything."""
