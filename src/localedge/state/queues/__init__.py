"""Queues: who consumes them, the messages in them, when and how often each is delivered."""
