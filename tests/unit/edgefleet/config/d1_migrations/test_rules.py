"""Which files are D1 migrations, in which order: as wrangler finds them."""

from pathlib import Path
from typing import Any

import pytest

from edgefleet.config.d1_migrations.files import declared_migrations
from edgefleet.config.d1_migrations.rules import matches, order, source
from edgefleet.errors import ConfigError

DB = {"binding": "DB", "database_id": "d"}


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"-- {name}")


def names(folder: Path, *databases: dict[str, Any]) -> dict[str, list[str]]:
    found = declared_migrations({"d1_databases": [*databases]}, folder)
    return {one.binding: [each.name for each in one.migrations] for one in found}


@pytest.mark.parametrize(
    ("pattern", "path", "meant"),
    [
        ("*.sql", "0001_a.sql", True),
        ("*.sql", ".hidden.sql", False),
        ("*.sql", "deep/0001_a.sql", False),
        ("*.sql", "0001_a.sql.bak", False),
        ("*/migration.sql", "0001_a/migration.sql", True),
        ("**/*.sql", "a/b/c.sql", True),
        ("**/*.sql", "c.sql", True),
        ("**/*.sql", "a/.b/c.sql", False),
        ("000?_[a-c]*.{sql,ddl}", "0001_bees.ddl", True),
        ("000?_[a-c]*.{sql,ddl}", "0001_dogs.ddl", False),
        ("[^a].sql", "a.sql", False),
        ("[^a].sql", "b.sql", True),
    ],
)
def test_a_pattern_means_what_it_means_to_wrangler(pattern: str, path: str, *, meant: bool) -> None:
    assert matches(pattern, path) is meant


def test_numbers_decide_the_order_and_files_without_come_last() -> None:
    found = ["init.sql", "0100_y/b.sql", "010-x.sql", "9_c.sql", "9_b.sql", "1_a.sql"]
    assert sorted(found, key=order) == found[::-1]


def test_the_default_folder_counts_for_a_single_database_alone(tmp_path: Path) -> None:
    write(tmp_path, "migrations/0001_a.sql", "other/0001_b.sql", "migrations/README.md")
    assert names(tmp_path, DB) == {"DB": ["0001_a.sql"]}
    other = {"binding": "OTHER", "database_id": "o", "migrations_dir": "./other/"}
    assert names(tmp_path, DB, other) == {"OTHER": ["0001_b.sql"]}


def test_a_database_without_migrations_has_none(tmp_path: Path) -> None:
    assert names(tmp_path, DB) == {}
    with pytest.raises(ConfigError, match="there is no folder sql"):
        names(tmp_path, {**DB, "migrations_dir": "sql"})


def test_a_link_to_elsewhere_is_no_migration(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/0001_a.sql")
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0002_b.sql").symlink_to(tmp_path / "elsewhere" / "0001_a.sql")
    with pytest.raises(ConfigError, match=r"0002_b\.sql cannot be read: it is a link"):
        names(tmp_path, DB)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"migrations_pattern": "migrations/*.sql"}, "needs a migrations_dir"),
        ({"migrations_dir": "a", "migrations_pattern": "b/*.sql"}, "must begin with .*: a/"),
        ({"migrations_dir": "a", "migrations_pattern": "a/!(b).sql"}, "alone"),
        ({"migrations_dir": "../a"}, "beside the wrangler file"),
        ({"migrations_dir": "/a"}, "beside the wrangler file"),
        ({"migrations_dir": 1}, "must be text"),
        ({"migrations_table": ""}, "must be text"),
    ],
)
def test_what_cannot_be_found_is_refused(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        source(0, {**DB, **keys})
