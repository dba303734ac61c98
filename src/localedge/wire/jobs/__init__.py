"""What the APIs of work in the background refuse: Queues and Workflows."""
