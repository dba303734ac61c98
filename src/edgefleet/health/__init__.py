"""Whether the right Worker answers, and whether it chats."""
