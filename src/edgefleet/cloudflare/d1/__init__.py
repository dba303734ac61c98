"""D1 databases: their migrations, and the client that applies them."""
