"""Declarative Durable Object exports: from what an upload declares to the classes of its script."""
