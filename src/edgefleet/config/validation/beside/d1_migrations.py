"""Rules for D1 migrations: their folder is there, and edgefleet finds in it what wrangler finds."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from edgefleet.config.d1_migrations.files import names
from edgefleet.config.d1_migrations.rules import DEFAULT_FOLDER, bound, source
from edgefleet.config.reading.rule import Problem, Rule, Severity
from edgefleet.config.reading.views import TargetView
from edgefleet.errors import ConfigError

D1_MIGRATIONS = Rule(
    code="d1-migrations",
    means="A D1 database names migrations that cannot be found: the folder is not there or lies "
    "beside the wrangler file's own folder, or migrations_pattern does not begin with "
    "migrations_dir. It is a warning that a folder migrations is there and, of several databases, "
    "none names it. A deploy applies migrations before it uploads the Worker that needs them.",
    example='{ "binding": "DB", "database_id": "7fa5...", "migrations_dir": "migratons" }',
    fix="name a folder below that of the wrangler file, or leave migrations_dir out",
)
RULES = (D1_MIGRATIONS,)


def migration_files(target: TargetView) -> Iterator[Problem]:
    """Check that the migrations that each D1 database names can be found."""
    resolved: Mapping[str, object] = target.resolved if target.environment.deployable else {}
    folder = target.tenant.layers.paths_from(target.tenant.folder)
    found = list(bound(resolved))
    if len(found) > 1 and not any("migrations_dir" in database for _, database in found):
        yield from _of_no_database(target, folder / DEFAULT_FOLDER)
    for number, database in found:
        if not any(key.startswith("migrations_") for key in database):
            continue
        try:
            names(source(number, database), folder)
        except ConfigError as error:
            keys = [key for key in ("migrations_pattern", "migrations_dir") if key in database]
            place = target.path("d1_databases", number, *keys[:1])
            yield D1_MIGRATIONS.broken(target.file, place, error.message)


def _of_no_database(target: TargetView, folder: Path) -> Iterator[Problem]:
    if folder.is_dir():
        message = f"no database names the folder {DEFAULT_FOLDER}, and a deploy applies none of it"
        place = target.path("d1_databases")
        action = f'add "migrations_dir": "{DEFAULT_FOLDER}" to the database that it is for'
        yield D1_MIGRATIONS.broken(
            target.file, place, message, action=action, severity=Severity.WARNING
        )
