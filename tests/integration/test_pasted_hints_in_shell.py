"""Hints whose command is git's or the system's, pasted into a shell: they do what they say."""

import errno
import shutil
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgefleet.actions.jobs.own_records import refuse_tracked_records
from edgefleet.build.own_command.commands import Commands
from edgefleet.build.own_command.left_config import read_left
from edgefleet.config.overlay.section import BuildSection, WorkerSection
from edgefleet.config.target import STAGING, Target
from edgefleet.core.atomic_files import access_command, create
from edgefleet.core.git import Tags, is_ancestor, is_shallow, resolve_commit
from edgefleet.core.model import Model
from edgefleet.core.worktrees import worktree
from edgefleet.errors import ConfigError, EdgefleetError, UsageError
from edgefleet.history.git_tag import tag
from edgefleet.locks.local import LocalLocks
from edgefleet.locks.refs import LockRefs
from edgefleet.onboard.doctor import diagnose
from edgefleet.onboard.project.project_files import write_files
from edgefleet.onboard.project.workflows import ActionSource
from edgefleet.onboard.project.written_files import (
    WRITTEN,
    read_written,
    remembered,
    written_files,
)
from edgefleet.records.commit_order import Order, backward
from support.hint_ledger import kept
from support.pasting import paste_in
from support.records import run as record

__all__ = ["kept"]

TARGET = Target(tenant="acme", environment=STAGING)
NOW = datetime(2026, 11, 28, tzinfo=UTC)
ABSENT = "d" * 40
NOTHING = Model()


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words]
    return subprocess.check_output(command, cwd=folder, text=True).strip()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Make a clone of a bare repository, which has one commit."""
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "remote.git")
    git(tmp_path, "clone", "-q", "remote.git", "here")
    root = tmp_path / "here"
    git(root, "checkout", "-q", "-B", "main")
    git(root, "commit", "-q", "--allow-empty", "-m", "first")
    git(root, "push", "-q", "origin", "main")
    return root


def elsewhere(here: Path) -> str:
    """Push a commit from another clone; return it."""
    git(here.parent, "clone", "-q", "remote.git", "other")
    git(here.parent / "other", "commit", "-q", "--allow-empty", "-m", "later")
    git(here.parent / "other", "push", "-q", "origin", "HEAD")
    return git(here.parent / "other", "rev-parse", "HEAD")


def shallow(here: Path) -> Path:
    """Clone the newest commit alone."""
    elsewhere(here)
    url = f"file://{here.parent}/remote.git"
    git(here.parent, "clone", "-q", "--depth", "1", url, "shallow")
    return here.parent / "shallow"


def test_folder_without_rights_gets_them(tmp_path: Path) -> None:
    folder = tmp_path / "its records"
    folder.mkdir(mode=0o400)
    hint = access_command(folder / "fleet", PermissionError(errno.EACCES, "Permission denied"))
    assert paste_in(tmp_path, hint).returncode == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_file_in_a_folders_place_is_moved(tmp_path: Path) -> None:
    folder = tmp_path / "deployments"
    folder.write_text("mine")
    with pytest.raises(UsageError) as caught:
        create(folder, "acme", NOTHING)
    assert paste_in(tmp_path, caught.value.hint).returncode == 0
    assert create(folder, "acme", NOTHING).exists()
    assert (tmp_path / "deployments.old").read_text() == "mine"


@pytest.mark.parametrize(("number", "shown"), [(errno.ENOSPC, "Avail"), (errno.EROFS, "drwx")])
def test_folder_of_a_full_or_locked_disk_is_shown(tmp_path: Path, number: int, shown: str) -> None:
    hint = access_command(tmp_path, OSError(number, "no"))
    assert shown in paste_in(tmp_path, hint).stdout


@pytest.mark.parametrize("what", ["link", "folder"])
def test_what_lies_in_a_locks_place_is_removed(tmp_path: Path, what: str) -> None:
    path = tmp_path / f"{TARGET}.json"
    path.mkdir() if what == "folder" else path.symlink_to("nowhere")
    locks = LocalLocks(tmp_path)
    with pytest.raises(UsageError) as caught, locks.hold(TARGET, "deploy", "bob", NOW):
        pass
    assert paste_in(tmp_path, caught.value.hint).returncode == 0
    with locks.hold(TARGET, "deploy", "bob", NOW):
        pass


@pytest.mark.parametrize("depth", ["whole", "shallow"])
def test_commit_that_is_not_here_is_fetched(here: Path, depth: str) -> None:
    if depth == "shallow":
        missing, root = git(here, "rev-parse", "HEAD"), shallow(here)
    else:
        missing, root = elsewhere(here), here
    with pytest.raises(UsageError) as caught, worktree(root, missing):
        pass
    assert paste_in(root, caught.value.hint).returncode == 0
    assert resolve_commit(root, missing) == missing


@pytest.mark.parametrize("order", [Order.UNKNOWN, Order.SHALLOW])
def test_history_that_cannot_tell_is_fetched(here: Path, order: Order) -> None:
    first = git(here, "rev-parse", "HEAD")
    root = here if order is Order.UNKNOWN else shallow(here)
    live = elsewhere(here) if order is Order.UNKNOWN else first
    found = backward(TARGET, first, live, order)
    assert found
    fetch, _, _ = found.hint.partition("; or ")
    assert paste_in(root, fetch).returncode == 0
    assert not is_shallow(root)
    assert is_ancestor(root, first, live)


def test_commit_to_tag_is_fetched(here: Path) -> None:
    commit = elsewhere(here)
    deployed = record(0, 5, version_id="v1", git_commit=commit, dirty=False)
    with pytest.raises(UsageError) as caught:
        tag(TARGET, [deployed], Tags(here), create=False)
    assert paste_in(here, caught.value.hint).returncode == 0
    assert tag(TARGET, [deployed], Tags(here), create=False).commit == commit


def test_tag_of_another_commit_is_shown(here: Path) -> None:
    first = git(here, "rev-parse", "HEAD")
    git(here, "commit", "-q", "--allow-empty", "-m", "second")
    deployed = record(0, 5, version_id="v1", git_commit=git(here, "rev-parse", "HEAD"), dirty=False)
    name = tag(TARGET, [deployed], Tags(here), create=False).name
    git(here, "tag", "--annotate", "-m", "by hand", name, first)
    with pytest.raises(UsageError) as caught:
        tag(TARGET, [deployed], Tags(here), create=True)
    assert "Tagger: t <t@example.com>" in paste_in(here, caught.value.hint).stdout


def test_git_is_told_who_tags(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(here))
    git(here, "config", "user.useConfigOnly", "true")
    commit = git(here, "rev-parse", "HEAD")
    with pytest.raises(UsageError) as caught:
        Tags(here).create("deploy/one", commit, "x")
    done = paste_in(here, caught.value.hint, NAME="Ada", ADDRESS="ada@example.com")
    assert done.returncode == 0, done.stderr
    Tags(here).create("deploy/one", commit, "x")
    assert Tags(here).commit("deploy/one") == commit


def test_records_that_git_tracks_are_dropped_from_it(here: Path) -> None:
    (here / "deployments").mkdir()
    (here / "deployments/acme.json").write_text("{}")
    git(here, "add", "--all")
    with pytest.raises(ConfigError) as caught:
        refuse_tracked_records(here)
    assert paste_in(here, caught.value.hint).returncode == 0
    refuse_tracked_records(here)
    assert (here / "deployments/acme.json").exists()


def test_changed_list_of_written_files_is_put_back(here: Path) -> None:
    path = here / WRITTEN
    source = ActionSource(repository="own/er", commit="1" * 40, version="0.1.0")
    write_files(here, [remembered(here, written_files({}, source))])
    git(here, "add", "--force", WRITTEN)
    git(here, "commit", "-q", "-m", "written")
    before = read_written(here)
    path.write_text("no")
    with pytest.raises(ConfigError) as caught:
        read_written(here)
    assert paste_in(here, caught.value.hint.partition(", or ")[0]).returncode == 0
    assert read_written(here) == before


def test_file_of_a_finished_build_is_added(here: Path) -> None:
    worker = WorkerSection(
        folder=".", build=BuildSection.model_validate({"with": "prebuilt", "config": "w.json"})
    )
    (here / "w.json").write_text('{"main": "index.js"}')
    (here / "index.js").touch()
    (here / ".gitignore").write_text("index.js\n")
    git(here, "add", "--all")
    git(here, "commit", "-q", "-m", "built")
    checkout = here.parent / "checkout"
    git(here.parent, "clone", "-q", "here", "checkout")
    with pytest.raises(ConfigError) as caught:
        read_left(checkout, worker)
    assert paste_in(here, caught.value.hint).returncode == 0
    git(here, "commit", "-q", "-m", "all of it")
    shutil.rmtree(checkout)
    git(here.parent, "clone", "-q", "here", "checkout")
    assert read_left(checkout, worker).keys["main"] == "index.js"


def test_remote_that_does_not_answer_says_why(here: Path) -> None:
    git(here, "remote", "set-url", "origin", "/no/such/remote.git")
    with pytest.raises(EdgefleetError) as caught:
        LockRefs(here, {}).read()
    done = paste_in(here, caught.value.hint)
    assert done.returncode != 0
    assert "'/no/such/remote.git' does not appear to be a git repository" in done.stderr


def test_folder_without_a_remote_gets_one(here: Path) -> None:
    git(here, "remote", "remove", "origin")
    (here / "tenants").mkdir()
    (here / "fleet.jsonc").write_text("{}")
    hint = _git_remote(here)
    assert paste_in(here, hint, URL=str(here.parent / "remote.git")).returncode == 0
    assert _git_remote(here) == ""


def _git_remote(folder: Path) -> str:
    nothing = "http://127.0.0.1:9/client/v4"
    environ = {"PATH": "/usr/bin:/bin", "EDGEFLEET_NODE_MODULES": str(folder)}
    checks = diagnose(environ, folder, folder, nothing, "1.2.3")
    return next(check.hint for check in checks if check.name == "git remote")


@pytest.mark.parametrize("missing", ["package.json", "package-lock.json"])
def test_file_that_a_build_needs_is_put_into_git(here: Path, missing: str) -> None:
    site = here / "apps/site"
    site.mkdir(parents=True)
    (site / "package.json").write_text('{ "name": "site", "scripts": { "build": "true" } }')
    if missing == "package-lock.json":
        git(here, "add", "--all")
        git(here, "commit", "-q", "-m", "a site")
    with pytest.raises(ConfigError) as caught:
        _build_of_commit(here)
    assert paste_in(here, caught.value.hint).returncode == 0
    assert f"A  apps/site/{missing}" in git(here, "status", "--short")


def _build_of_commit(here: Path) -> None:
    checkout = here.parent / "checkout"
    git(here.parent, "clone", "-q", "here", "checkout")
    worker = WorkerSection(folder="apps/site", build=BuildSection(tool="npm"))
    Commands({}, str, here.parent / "packages", print).run_script(checkout, worker)
