"""D1 migrations, and which database each is for."""

from hashlib import sha256

from pydantic import Field

from edgefleet.core.model import Model

DEFAULT_TABLE = "d1_migrations"
"""The table of applied migrations, unless `migrations_table` names another."""


class D1Migration(Model):
    """One SQL file: its path below the folder of migrations, and what it says."""

    name: str
    sql: str = Field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the SQL, in hex."""
        return sha256(self.sql.encode()).hexdigest()


class D1Migrations(Model):
    """Migrations of one database, in the order in which they are applied."""

    binding: str
    database_id: str
    table: str = DEFAULT_TABLE
    migrations: tuple[D1Migration, ...] = ()
