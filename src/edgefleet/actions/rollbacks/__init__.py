"""What a rollback waits for: deploys that are under way, and the lock of its target."""
