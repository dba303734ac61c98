"""D1 migrations: the SQL files that bring a database's schema to what the Worker needs."""
