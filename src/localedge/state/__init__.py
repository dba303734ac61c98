"""What one server remembers: SQLite, in one object."""
