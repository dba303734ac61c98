"""D1 databases: a SQLite file each, under D1's rules."""
