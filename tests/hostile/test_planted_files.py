"""Files that others put among edgefleet's own: records, locks, bundles, reports."""

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from edgefleet.build.bundle_store import BundleStore, write_modules
from edgefleet.cloudflare.worker.bundle import Bundle, Manifest, Module
from edgefleet.config.target import STAGING, Target
from edgefleet.drift.report_file import read_drifts
from edgefleet.errors import TargetBusyError, UsageError
from edgefleet.fleet.records.store import read_fleet
from edgefleet.locks.local import LocalLocks, LockHolder
from edgefleet.records.models import Record, RecordedError
from edgefleet.records.store import ListedRecords, Records
from support.hostile import COMMANDS, TERMINAL
from support.project import make_project
from support.records import NOON, run

TARGET = Target(tenant="acme", environment=STAGING)
FUTURE = "acme-staging-20990101T000000Z"
CODE = "application/javascript+module"


def plant(folder: Path, kind: str, name: str = f"{FUTURE}.json") -> Path:
    """Put a file of a hostile kind where the newest record would be."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    good = run(0, 9, started=NOON + timedelta(days=20_000)).model_dump(mode="json")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind in {"zero", "kmsg", "loop", "missing", "record"}:
        elsewhere = folder.parent / "elsewhere.json"
        elsewhere.write_text(json.dumps(good))
        places = {"zero": "/dev/zero", "kmsg": "/proc/kmsg", "loop": path.name}
        path.symlink_to(places.get(kind, str(elsewhere) if kind == "record" else "nowhere"))
    elif kind == "folder":
        path.mkdir()
    elif kind == "naive":
        path.write_text(json.dumps(good | {"started": "2099-01-01T00:00:00"}))
    elif kind == "deep":
        path.write_text("[" * 60_000)
    elif kind == "surrogate":
        path.write_text(json.dumps(good | {"reason": "\ud800"}))
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(40 * 1024 * 1024)
    return path


KINDS = (
    *("pipe", "zero", "kmsg", "loop", "missing", "record"),
    *("folder", "naive", "deep", "surrogate", "huge"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_record_is_passed_over_at_once(tmp_path: Path, kind: str) -> None:
    """Review 20: a pipe hung, /dev/zero took all memory, a date without a zone ended commands."""
    folder = tmp_path / "deployments"
    good = run(0, 9)
    Records(folder).create(good)
    plant(folder, kind)
    begun = time.monotonic()
    for records in (Records(folder), ListedRecords(folder)):
        assert records.last(TARGET) == good
        assert records.of(TARGET) == [good]
        assert list(records.all()) == [good]
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize("tenant", ["/etc", "**", "../x", "[", "*"])
def test_a_target_is_never_a_pattern(tmp_path: Path, tenant: str) -> None:
    """Review 21: `/etc` and `**` as a tenant of a record raised, `*` read all."""
    records = Records(tmp_path)
    records.create(run(0, 9))
    assert records.of(Target(tenant=tenant, environment=STAGING)) == []
    assert records.last(Target(tenant=tenant, environment=STAGING)) is None


def test_the_words_of_a_record_are_harmless_lines(tmp_path: Path) -> None:
    """Review 8: what a planted record says goes to terminals, logs and pages."""
    bad = COMMANDS + TERMINAL
    error = RecordedError(code=bad, message=f"first\n{bad}", hint=bad)
    path = tmp_path / f"{FUTURE}.json"
    path.write_text(
        run(0, 9, reason=bad, actor=bad, url=bad, error=error, uncommitted=(bad,)).model_dump_json()
    )
    found = Records(tmp_path).last(TARGET)
    assert found is not None
    assert found.error is not None
    texts = [found.reason, found.actor, found.url, *found.uncommitted]
    texts += [found.error.code, *found.error.message.splitlines(), *found.error.hint.splitlines()]
    for text in texts:
        assert text is not None
        assert text.isprintable()
        assert not text.startswith(("::", "```"))
    assert found.error.message.startswith("first\n")


def test_planted_records_end_no_command(tmp_path: Path) -> None:
    """Review 20: every command that reads records hung or ended."""
    project = make_project(tmp_path)
    for number, kind in enumerate(KINDS):
        name = f"mrrainbowsmoke-staging-2099010{number % 10}T0000{number:02}Z.json"
        plant(project.root / "deployments", kind, name)
    for command in (["tenants"], ["history", "--offline"]):
        done = project.run(*command)
        assert done.code == 0, done.said


@pytest.mark.parametrize("kind", ["pipe", "zero", "naive", "deep", "record", "missing"])
def test_a_file_that_is_named_and_none_is_one_clear_error(tmp_path: Path, kind: str) -> None:
    """Review 20: the same for `--resume` and `report`."""
    path = plant(tmp_path / "deployments", kind)
    with pytest.raises(UsageError):
        read_fleet(path)
    with pytest.raises(UsageError):
        read_drifts([path])


@pytest.mark.parametrize("kind", ["link", "hard", "pipe", "folder"])
def test_a_lock_never_writes_to_another_file(tmp_path: Path, kind: str) -> None:
    """Review 21: the target of a link in the place of a lock was overwritten."""
    precious, lock = tmp_path / "precious", tmp_path / "locks" / f"{TARGET}.json"
    precious.write_text("precious")
    lock.parent.mkdir()
    if kind == "link":
        lock.symlink_to(precious)
    elif kind == "hard":
        lock.hardlink_to(precious)
    elif kind == "pipe":
        os.mkfifo(lock)
    else:
        lock.mkdir()
    with (
        pytest.raises(UsageError, match=r"cannot lock ") as caught,
        LocalLocks(lock.parent).hold(TARGET, "deploy", "ada", NOON),
    ):
        raise AssertionError("it is held")
    assert str(lock) in caught.value.hint
    assert precious.read_text() == "precious"


def test_the_words_of_a_lock_are_a_harmless_line(tmp_path: Path) -> None:
    """Review 8: who holds a target is what a file says."""
    with LocalLocks(tmp_path).hold(TARGET, "deploy", "ada", NOON):
        holder = LockHolder(pid=1, host=COMMANDS, actor=TERMINAL, action="x" * 5000, since=NOON)
        (tmp_path / f"{TARGET}.json").write_text(holder.model_dump_json())
        with (
            pytest.raises(TargetBusyError) as caught,
            LocalLocks(tmp_path).hold(TARGET, "deploy", "bob", datetime.now(UTC)),
        ):
            raise AssertionError("two hold it")
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 2000


NAMES = ("../x", "/etc/x", "a/../../x", "a//b", "./x", "", "a\x00b", "..\\x", "a\nb", "x" * 501)


@pytest.mark.parametrize("name", NAMES)
def test_a_module_never_lies_beside_its_folder(tmp_path: Path, name: str) -> None:
    """Review 16: `../x/y` in a manifest was written outside, in a dry run, too."""
    bundle = Bundle(
        main_module=name,
        builder="evil",
        modules=(Module(name=name, content_type=CODE, content=b"pwned"),),
    )
    with pytest.raises(ValidationError):
        Manifest.of(bundle)
    with pytest.raises(UsageError):
        write_modules(bundle, tmp_path / "a" / "b")
    assert not list(tmp_path.rglob("*"))

    home = BundleStore(tmp_path).save(good_bundle())
    manifest = json.loads((home / "manifest.json").read_text())
    manifest["modules"][0]["name"] = manifest["main_module"] = name
    (home / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(UsageError, match="is not a bundle"):
        BundleStore(tmp_path).load(home)


@pytest.mark.parametrize("content_type", ["text/plain\r\nX-Evil: 1", "", "x", "a/b; c=d"])
def test_a_content_type_is_no_place_for_headers(tmp_path: Path, content_type: str) -> None:
    """Review 16: it becomes a header of the upload's form."""
    home = BundleStore(tmp_path).save(good_bundle())
    manifest = json.loads((home / "manifest.json").read_text())
    manifest["modules"][0]["content_type"] = content_type
    (home / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(UsageError, match="is not a bundle"):
        BundleStore(tmp_path).load(home)


@pytest.mark.parametrize("planted", ["link", "pipe", "zero", "folder-link"])
def test_a_module_that_is_no_file_of_the_bundle_is_refused(tmp_path: Path, planted: str) -> None:
    """Review 20: a link in a bundle would bring any file of the machine to Cloudflare."""
    bundles = BundleStore(tmp_path / "bundles")
    home = bundles.save(good_bundle())
    module = home / "modules" / "deep" / "index.js"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "index.js").write_bytes(b"good")
    module.unlink()
    if planted == "link":
        module.symlink_to(elsewhere / "index.js")
    elif planted == "pipe":
        os.mkfifo(module)
    elif planted == "zero":
        module.symlink_to("/dev/zero")
    else:
        module.parent.rmdir()
        module.parent.symlink_to(elsewhere)
    with pytest.raises(UsageError, match="is not a bundle"):
        bundles.load(home)


@pytest.mark.parametrize("digest", ["../../../x", "/etc", "", "x" * 64, "A" * 64])
def test_a_digest_never_leads_out_of_the_folder_of_bundles(tmp_path: Path, digest: str) -> None:
    """review, 3.6: the digest of a record to resume was taken for a path."""
    assert BundleStore(tmp_path).home(digest) == tmp_path / "none"


def good_bundle() -> Bundle:
    """Return a bundle of one module in a folder."""
    module = Module(name="deep/index.js", content_type=CODE, content=b"good")
    return Bundle(main_module="deep/index.js", builder="wrangler 4", modules=(module,))


def test_old_records_are_still_read(tmp_path: Path) -> None:
    """A record with a zone is as good as ever, whichever zone it is."""
    path = tmp_path / f"{FUTURE}.json"
    record = run(0, 9).model_dump(mode="json") | {"started": "2026-03-01T13:00:00+01:00"}
    path.write_text(json.dumps(record))
    found = Records(tmp_path).last(TARGET)
    assert isinstance(found, Record)
    assert found.started == NOON


HALF = "half \ud83d an emoji"


@pytest.mark.parametrize("field", ["reason", "actor", "url"])
def test_no_text_keeps_a_record_from_being_written(tmp_path: Path, field: str) -> None:
    """Review 1: half an emoji anywhere in a record, and what was live was not restored."""
    records = Records(tmp_path)
    path = records.create(run(0, 9, **{field: HALF}))
    records.replace(
        path, run(0, 9, **{field: HALF, "error": RecordedError(code="x", message=HALF)})
    )
    found = records.last(TARGET)
    assert found is not None
    assert getattr(found, field) == "half ? an emoji"
    assert found.started == NOON


@pytest.mark.parametrize("command", ["deploy", "rollback", "deploy-all"])
def test_bytes_that_are_no_text_are_wrong_usage(tmp_path: Path, command: str) -> None:
    """A shell hands on what it was given; a record and Cloudflare take text alone."""
    project = make_project(tmp_path)
    option = "--tenant" if command == "deploy" else "--tenants"
    chosen = () if command == "deploy-all" else (option, "mrrainbowsmoke")
    done = project.run(command, *chosen, "--env", "staging", "--reason", "\udcff")
    assert done.code == 2, done.said
    assert "it is not UTF-8" in done.err
