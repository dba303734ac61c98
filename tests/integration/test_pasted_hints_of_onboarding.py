"""Hints on the way to a fleet, pasted: `init`, tenants, `adopt`, `upgrade`; no Cloudflare is asked.

A hint's command runs in the folder in which it was shown.
"""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.d1_migrations.files import declared_migrations
from edgefleet.config.target import STAGING, Target
from edgefleet.errors import ConfigError, CredentialError
from support.hint_ledger import kept
from support.pasting import fill, paste_in
from support.project import Project, Ran

__all__ = ["kept"]

ACCOUNT, OTHER = "a" * 32, "b" * 32
WORKER = '{ "name": "w", "main": "index.js", "compatibility_date": "2026-01-15" }'


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """Lend an empty folder."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "home").mkdir()
    return Project(tmp_path / "shop", tmp_path / "home")


@pytest.fixture
def fleet(shop: Project) -> Project:
    """Lend a fleet with one tenant."""
    done(shop.run("init"))
    done(shop.run("tenant", "add", "acme", "--account", ACCOUNT))
    return shop


def done(ran: Ran) -> Ran:
    assert ran.code == 0, ran.said
    return ran


def hint(ran: Ran, code: int) -> str:
    """Return the hint of a command that failed."""
    assert ran.code == code, ran.said
    _, arrow, found = ran.err.rpartition("-> ")
    assert arrow, ran.said
    return found.strip()


def paste(project: Project, command: str, **left_open: str) -> Ran:
    """Run a command of `edgefleet` that a hint is, or holds."""
    program, *words = shlex.split(fill(command, left_open))
    assert program == "edgefleet"
    return project.run(*words)


def write(project: Project, file: str, text: str = WORKER) -> None:
    path = project.root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def git(project: Project, *words: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words]
    return subprocess.check_output(command, cwd=project.root, text=True).strip()


def test_what_follows_init_makes_a_fleet_in_git(shop: Project) -> None:
    said = done(shop.run("init")).err
    commands = re.findall(r"(?m)^\s*(?:next:|then:)?\s*((?:git init|edgefleet) .*?)\s*$", said)
    repository, add, validate, rehearse = commands
    assert rehearse == "edgefleet rehearse"
    assert paste_in(shop.root, repository).returncode == 0
    done(paste(shop, add, NAME="acme", ID=ACCOUNT))
    checked = paste(shop, validate)
    assert checked.code == 4, checked.said  # the ids are what provision brings
    assert "make it: edgefleet provision --tenants acme --env staging --apply" in checked.out
    assert git(shop, "log", "--format=%s") == "Make a fleet"


def test_folder_without_a_fleet_becomes_one(shop: Project) -> None:
    (shop.root / "tenants").mkdir()
    words = ("tenant", "add", "acme", "--account", ACCOUNT)
    done(paste(shop, hint(shop.run(*words), 4)))
    done(shop.run(*words))


def test_one_of_several_workers_is_taken(shop: Project) -> None:
    write(shop, "apps/a/wrangler.jsonc")
    write(shop, "apps/b/wrangler.jsonc")
    done(paste(shop, hint(shop.run("init"), 2)))
    assert '"apps/a"' in (shop.root / "fleet.jsonc").read_text()


def test_folder_of_the_worker_is_named(shop: Project) -> None:
    write(shop, "apps/a/wrangler.jsonc")
    named = hint(shop.run("init", "--worker", "apps"), 2)
    done(paste(shop, named.partition(",")[0], FOLDER="apps/a"))
    assert '"apps/a"' in (shop.root / "fleet.jsonc").read_text()


def test_tenant_that_is_there_is_checked(fleet: Project) -> None:
    checked = paste(fleet, hint(fleet.run("tenant", "add", "acme", "--account", ACCOUNT), 2))
    assert checked.code == 4
    assert "1 tenant, 2 targets: 2 errors" in checked.err


def test_tenant_of_another_account_gets_another_name(fleet: Project) -> None:
    refused = fleet.run("init", "--tenant", "acme", "--account", OTHER)
    done(paste(fleet, hint(refused, 2), NAME="birch", ID=OTHER))
    assert OTHER in (fleet.root / "tenants/birch/tenant.config.json").read_text()


def test_tenants_to_copy_are_listed(fleet: Project) -> None:
    words = ("tenant", "add", "birch", "--account", OTHER, "--like", "cedar")
    assert "acme" in done(paste(fleet, hint(fleet.run(*words), 2))).out


def test_new_file_names_what_shows_the_whole(fleet: Project) -> None:
    base = fleet.root / "src/worker/wrangler.jsonc"
    base.write_text(base.read_text().replace('"TEXTS"', f'"TEXTS", "id": "{"1" * 32}"'))
    done(fleet.run("tenant", "add", "birch", "--account", ACCOUNT))
    text = (fleet.root / "tenants/birch/wrangler.jsonc").read_text()
    named = re.search(r"// (edgefleet render .*)", text)
    assert named, text
    shutil.rmtree(fleet.root / "tenants/acme")  # it has the same namespace now
    assert "birch" in done(paste(fleet, named[1], ENV="staging")).out


def test_edits_are_committed_before_an_upgrade(fleet: Project) -> None:
    for name in ("user.name", "user.email"):
        git(fleet, "init", "-q")
        git(fleet, "config", name, "t@example.com")
    git(fleet, "add", "--all")
    git(fleet, "commit", "-q", "-m", "a fleet")
    schema = next((fleet.root / "schemas").rglob("*.json"))
    schema.write_text(json.dumps({"mine": True}))
    refused = fleet.run("upgrade", "--yes")
    whole = hint(refused, 2)
    commit, again, upgrade = whole.rpartition("edgefleet upgrade")
    assert again
    assert paste_in(fleet.root, f"{commit}true").returncode == 0
    done(paste(fleet, f"{again}{upgrade} --yes"))
    assert "mine" not in schema.read_text()


def test_commit_of_the_actions_is_printed(shop: Project) -> None:
    done(shop.run("init"))
    git(shop, "init", "-q")
    git(shop, "commit", "-q", "--allow-empty", "-m", "first")
    refused = shop.run("init", "--actions", "own/er@1234567")
    assert refused.code == 2, refused.said
    named = re.search(r"git rev-parse HEAD", refused.err)
    assert named, refused.said
    commit = paste_in(shop.root, named[0]).stdout.strip()
    done(shop.run("init", "--actions", f"own/er@{commit}"))


def test_workflows_go_to_the_top_of_the_repository(shop: Project) -> None:
    done(shop.run("init"))
    git(shop, "init", "-q", "..")
    named = hint(shop.run("init", "--actions", f"own/er@{'1' * 40}"), 2)
    command = re.match(r"\(cd (\S+) && (edgefleet init)\)", named)
    assert command, named
    top = Project(Path(command[1]), shop.home)
    done(paste(top, command[2]))
    assert (shop.root.parent / "fleet.jsonc").exists()


def test_adopt_without_a_fleet_says_init(shop: Project) -> None:
    refused = shop.run("adopt", "--account", ACCOUNT, "--script", "w-staging")
    named = re.search(r"make a fleet: (edgefleet init)$", hint(refused, refused.code))
    assert named, refused.said
    done(paste(shop, named[1]))
    assert (shop.root / "fleet.jsonc").exists()


def test_folder_of_migrations_that_is_gone_is_named(fleet: Project) -> None:
    database = {"binding": "DB", "database_name": "db", "database_id": "1", "migrations_dir": "no"}
    with pytest.raises(ConfigError) as caught:
        declared_migrations({"d1_databases": [database]}, fleet.root)
    checked = paste(fleet, caught.value.hint)
    assert "1 tenant, 2 targets" in checked.err


def test_wrong_option_shows_the_right_ones(fleet: Project) -> None:
    refused = fleet.run("plan", "--tenants", "acme", "--env", "staging", "--nope")
    named = re.search(r"Try '(edgefleet plan --help)'", refused.err)
    assert named, refused.said
    assert "--output" in done(paste(fleet, named[1])).out


def test_key_is_compared_with_its_digest(fleet: Project) -> None:
    """What `health.expected` says of a key of another tenant's."""
    digest = paste_in(fleet.root, "printf %s KEY | sha256sum", KEY="abc").stdout
    assert digest.startswith("ba7816bf")


def test_program_that_gives_no_token_is_tried(tmp_path: Path) -> None:
    program = tmp_path / "vault"
    program.write_text("#!/bin/sh\necho sealed >&2\nexit 3\n")
    program.chmod(0o755)
    environ = {"EDGEFLEET_CREDENTIAL_COMMAND": str(program), "PATH": "/usr/bin:/bin"}
    target = Target(tenant="acme", environment=STAGING)
    with pytest.raises(CredentialError) as caught:
        Credentials(environ, tmp_path).find(target, allow_plain=False)
    named = re.search(r"printf .*get$", caught.value.hint)
    assert named, caught.value.hint
    tried = paste_in(tmp_path, named[0], COMMAND=str(program))
    assert (tried.returncode, tried.stderr) == (3, "sealed\n")
