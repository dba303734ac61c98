"""What one job does with a target, a shard or a batch, and what it keeps."""
