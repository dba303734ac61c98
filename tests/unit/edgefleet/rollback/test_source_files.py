"""D1 migrations that an earlier version does not know are named, and stop no rollback."""

from edgefleet.cloudflare.d1.migrations import D1Migration, D1Migrations
from edgefleet.config.account_api import DatabaseApi
from edgefleet.errors import CloudflareError
from edgefleet.rollback.source_files import migrations_since
from support.rollouts import FakeDatabase
from support.stub_account import StubAccount


class Databases(StubAccount):
    """An account with one database, in which these migrations were applied."""

    def __init__(self, *applied: str, readable: bool = True) -> None:
        super().__init__()
        self._readable = readable
        self._d1 = FakeDatabase()
        self._d1.names = [*applied]

    def database(self, database_id: str) -> DatabaseApi:
        if not self._readable:
            raise CloudflareError("no answer")
        return self._d1


def declared(*names: str) -> tuple[D1Migrations, ...]:
    found = tuple(D1Migration(name=name, sql="") for name in names)
    return (D1Migrations(binding="DB", database_id="d", migrations=found),)


def test_what_was_applied_since_is_named() -> None:
    since = migrations_since(declared("1.sql"), declared("1.sql"), Databases("1.sql", "2.sql"))
    assert since == ("D1 migrations that the version does not know stay applied to DB: 2.sql",)


def test_the_first_migrations_of_a_database_are_named() -> None:
    (words,) = migrations_since((), declared("1.sql"), Databases("1.sql"))
    assert words.endswith("to DB: 1.sql")


def test_nothing_is_said_where_the_version_knows_all() -> None:
    assert migrations_since(declared("1.sql"), (), Databases("1.sql")) == ()


def test_a_database_that_cannot_be_read_stops_no_rollback() -> None:
    (words,) = migrations_since(declared("1.sql"), (), Databases(readable=False))
    assert words == "which D1 migrations were applied to DB cannot be read: no answer"
