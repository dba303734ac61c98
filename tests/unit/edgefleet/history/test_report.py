"""A history, as it is shown."""

import json

from edgefleet.history.report import history_json, history_text
from edgefleet.history.rules import joined
from edgefleet.records.models import RecordedError, Status
from support.records import TARGET, deployed, run

GOOD = run(
    0, 9.5, version_id="0123456789", git_commit="c" * 40, dirty=False, actor="ada", proof="tenant"
)


def test_a_line_says_when_where_what_and_how_it_ended() -> None:
    shown = history_text(joined(TARGET, [GOOD], []))
    headings, _, line = shown.splitlines()
    assert (
        headings.split() == "when (UTC) target action result proof version commit s who why".split()
    )
    assert " ".join(line.split()) == (
        "2026-03-01 12:00:00 acme-staging deploy succeeded tenant 01234567 cccccccc 9.5 ada"
    )


def test_uncommitted_changes_are_shown_at_the_commit() -> None:
    dirty = GOOD.model_copy(update={"dirty": True})
    assert " cccccccc-dirty " in history_text(joined(TARGET, [dirty], []))


def test_unrecorded_deployment_is_marked() -> None:
    made = deployed(3, "theirs", source="dash", author="eve@example.com", message="quick fix")
    line = history_text(joined(TARGET, [], [made])).splitlines()[2]
    assert " unrecorded " in line
    assert line.endswith("eve@example.com  dash: quick fix")
    silent = deployed(3, "theirs")
    assert " unrecorded " in history_text(joined(TARGET, [], [silent]))


def test_foreign_text_is_one_short_escaped_line() -> None:
    made = deployed(3, "v", source="api", message="a\n\x1b[31mb\u202e " + "x" * 500)
    (line,) = history_text(joined(TARGET, [], [made])).splitlines()[2:]
    assert "api: a [31mb xxx" in line
    assert line.endswith("...")
    assert len(line) < 250


def test_a_long_error_is_one_line_in_the_table_and_whole_in_json() -> None:
    error = RecordedError(code="config", message="not valid\nfile:1:1: " + "y" * 200)
    entries = joined(TARGET, [run(0, 1, status=Status.FAILED, error=error)], [])
    assert len(history_text(entries).splitlines()) == 3
    (shown,) = json.loads(json.dumps(history_json(entries)))
    assert shown["why"] == error.message
    assert (shown["result"], shown["recorded"], shown["deployments"]) == ("failed", True, [])


def test_an_empty_history_says_so() -> None:
    assert history_text([]) == "nothing is known of any deploy"
