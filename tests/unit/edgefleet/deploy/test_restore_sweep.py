"""Each operation on a file, of a deploy and of a rollback, fails in each way.

Cloudflare works all the time, so there are two ends: what was asked for is live, or what was live
before. Which one it is, the exit code says, and the output.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from edgefleet.cli.exit_handling import ended
from edgefleet.errors import ExitCode
from edgefleet.records.models import Record, Status
from support.file_faults import EVERY, FEW, Fault, Operation, watched
from support.file_sweep import Lone, lone, said
from support.rollouts import NEW, OLD

AS_BEFORE = ("live again, as before", "nothing was changed")
OF_FILES = {ExitCode.USAGE, ExitCode.FAULT, ExitCode.CREDENTIALS}
"""How a run ends that its own files stop: what was live before is live."""


MEMORY = Path("/dev/shm")
"""Thousands of files are written here; a disk would take a minute over them."""


@pytest.fixture(scope="module")
def target() -> Iterator[Lone]:
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield lone(Path(folder))


def run(
    target: Lone, act: Callable[[], None], fault: Fault | None
) -> tuple[int, str, list[Operation]]:
    """Act while files fail; return the exit code, what was said, and the operations."""
    with said() as text, watched(target.folder, fault) as files:
        code = ended(act)
    return code, text(), files.seen


def records(target: Lone) -> list[Record]:
    return [
        Record.model_validate_json(path.read_bytes())
        for path in (target.folder / "deployments").glob("*.json")
    ]


def wrong(target: Lone, before: object, code: int, text: str) -> str:
    """Say what is wrong with an end; empty where nothing is."""
    moved = target.truth != before
    if moved != (code == ExitCode.OK):
        return "a failure that left something" if moved else "a success that is not live"
    good = {ExitCode.OK} if target.healthy else {ExitCode.UNHEALTHY}
    if code not in OF_FILES | good:
        return "an exit code that means something else"
    if not moved and target.account.fake.seen and not any(one in text for one in AS_BEFORE):
        return "what is live is not said"
    told = any(one.finished for one in records(target))
    if not told and target.account.fake.seen and "could not be written" not in text:
        return "the record is not complete, and that is not said"
    return ""


@pytest.mark.parametrize("healthy", [True, False], ids=["healthy", "unhealthy"])
@pytest.mark.parametrize("change", ["deploy", "rollback"])
def test_no_file_that_fails_leaves_a_target_between_two_states(
    target: Lone, change: str, *, healthy: bool
) -> None:
    target = replace(target, healthy=healthy)
    act = target.deploy if change == "deploy" else target.roll_back
    live = OLD if change == "deploy" else NEW
    target.begin(live)
    code, text, operations = run(target, act, None)
    assert code == (ExitCode.OK if healthy else ExitCode.UNHEALTHY), text
    assert len(operations) > 20, operations
    found, cases = [], 0
    for number, operation in enumerate(operations):
        for fault in (one for one in (FEW if healthy else EVERY) if one.fails(operation)):
            target.begin(live)
            before, struck = target.truth, replace(fault, number=number)
            code, text, _ = run(target, act, struck)
            cases += 1
            if words := wrong(target, before, code, text):
                found.append(f"{struck} ({operation}): {words}: exit {code}\n{text}")
    print(f"\n{change}: {len(operations)} operations, {cases} cases")  # noqa: T201
    assert not found, "\n".join(found)


@pytest.mark.parametrize("change", ["deploy", "rollback"])
def test_review_1_lone_surrogate_stops_no_restore(target: Lone, change: str) -> None:
    target = replace(target, healthy=False, reason="error.code is '\ud83d'")
    target.begin(OLD if change == "deploy" else NEW)
    before = target.truth
    code, text, _ = run(target, target.deploy if change == "deploy" else target.roll_back, None)
    assert (target.truth, code) == (before, ExitCode.UNHEALTHY), text
    (record,) = records(target)
    assert record.status is Status.RESTORED
