from typing import Any

import pytest

from localedge.state.exports.declaration import read_exports
from localedge.state.exports.models import AccountView, Classes, Reconciliation, Transfer
from localedge.state.exports.reconcile import reconcile
from localedge.state.scripts.records import DurableClass
from localedge.wire.errors import BadBody

LIVE = {"type": "durable-object", "storage": "sqlite"}
KV = {"type": "durable-object", "storage": "legacy-kv"}
DELETED = {"type": "durable-object", "state": "deleted"}


def renamed(to: str) -> dict[str, str]:
    return {"type": "durable-object", "state": "renamed", "renamed_to": to}


def transferred(to: str) -> dict[str, str]:
    return {"type": "durable-object", "state": "transferred", "transferred_to": to}


def expecting(source: str) -> dict[str, str]:
    return {**LIVE, "state": "expecting-transfer", "transfer_from": source}


def classes(*names: str) -> Classes:
    return {name: DurableClass(name, f"id-{name}", sqlite=True) for name in names}


def run(
    declared: dict[str, Any],
    *,
    own: str = "",
    code: str = "",
    transfers: tuple[Transfer, ...] = (),
    expected_by: dict[str, list[str]] | None = None,
    bound_by: dict[str, list[str]] | None = None,
) -> Reconciliation:
    """Reconcile a script `a`; the script `b` has the class Widget."""
    entries, problems = read_exports(declared)
    others = {"b": classes("Widget"), "c": {}}
    view = AccountView(
        script="a",
        classes=classes(*own.split()),
        code=frozenset(code.split()),
        transfers=transfers,
        classes_of=others.get,
        expected_by=lambda name: (expected_by or {}).get(name, []),
        referencing=lambda name: (bound_by or {}).get(name, []),
    )
    found = reconcile(entries, view)
    found.problems += problems
    return found


def scenarios(found: Reconciliation) -> list[tuple[str, str]]:
    return [(it["scenario"], it["class"]) for it in found.problems]


def test_a_class_is_created_once() -> None:
    first = run({"A": LIVE}, code="A")
    assert (first.created, list(first.classes), first.problems) == (["A"], ["A"], [])
    again = run({"A": LIVE}, own="A", code="A")
    assert not any(again.document().values())


def test_deleted_class_loses_its_namespace_and_goes_stale() -> None:
    found = run({"A": DELETED}, own="A")
    assert (found.deleted, found.dropped, found.classes) == (["A"], ["id-A"], {})
    stale = run({"A": DELETED})
    assert [it["scenario"] for it in stale.info] == ["stale_tombstone"]
    assert stale.removable == ["A"]


def test_a_rename_keeps_the_namespace() -> None:
    found = run({"B": LIVE, "A": renamed("B")}, own="A", code="A B")
    assert found.renamed == [{"from": "A", "to": "B"}]
    assert found.classes["B"].namespace_id == "id-A"
    assert (found.created, [it["scenario"] for it in found.info]) == (
        [],
        ["tombstone_class_still_in_code"],
    )


def test_a_stale_entry_that_others_bind_to_is_not_to_be_removed() -> None:
    found = run({"B": LIVE, "A": renamed("B")}, own="B", code="B", bound_by={"A": ["b"]})
    assert (found.info[0]["referencing_scripts"], found.removable) == (["b"], [])


def test_a_transfer_waits_for_the_script_that_gives() -> None:
    found = run({"Widget": expecting("b")}, code="Widget")
    assert found.transfer_pending == [{"class": "Widget", "from": "b"}]
    assert found.transfers == [Transfer("Widget", "b", committed=False)]
    assert found.classes == {}


def test_a_transfer_is_committed_by_the_script_that_gives() -> None:
    found = run({"A": transferred("c")}, own="A", expected_by={"A": ["c"]})
    assert found.transferred == [{"class": "A", "to": "c", "phase": "committed"}]
    assert (found.given, found.classes) == ([("A", "c")], {})


def test_a_pending_transfer_ends_with_its_entry() -> None:
    pending = (Transfer("Widget", "b", committed=False),)
    assert run({}, transfers=pending).transfers == []
    came = (Transfer("Widget", "b", committed=True),)
    kept = run({"Widget": LIVE}, own="Widget", code="Widget", transfers=came)
    assert kept.transfers == [*came]
    late = run({"Widget": expecting("b")}, own="Widget", code="Widget", transfers=came)
    assert not any(late.document().values())


@pytest.mark.parametrize(
    ("declared", "its", "scenario"),
    [
        ({}, {"own": "A", "code": "A"}, "provisioned_class_missing_from_config"),
        ({}, {"own": "A"}, "orphaned_provisioned_namespace"),
        ({"A": LIVE}, {"own": "A"}, "config_export_not_in_code"),
        ({"A": LIVE}, {}, "config_references_nonexistent_class"),
        ({"A": KV}, {"code": "A"}, "invalid_export"),
        ({"A": KV}, {"own": "A", "code": "A"}, "storage_type_mismatch"),
        ({"A": DELETED}, {"own": "A", "code": "A"}, "tombstone_delete_class_still_in_code"),
        (
            {"A": DELETED},
            {"own": "A", "bound_by": {"A": ["b"]}},
            "tombstone_delete_blocked_by_external_bindings",
        ),
        (
            {"B": LIVE, "A": renamed("B")},
            {"own": "A B", "code": "B"},
            "tombstone_renamed_to_occupied",
        ),
        ({"A": transferred("gone")}, {"own": "A"}, "transferred_target_missing"),
        ({"A": transferred("b")}, {"own": "A"}, "transferred_pending_not_found"),
        (
            {"A": transferred("b")},
            {"own": "A", "expected_by": {"A": ["c"]}},
            "transferred_target_mismatch",
        ),
        ({"W": expecting("gone")}, {"code": "W"}, "phase_one_transfer_source_missing"),
        ({"W": expecting("b")}, {"code": "W"}, "phase_one_transfer_source_namespace_missing"),
        (
            {"W": expecting("b")},
            {"own": "W", "code": "W"},
            "phase_one_transfer_target_class_provisioned",
        ),
        (
            {"W": expecting("b")},
            {"code": "W", "transfers": (Transfer("W", "c", committed=False),)},
            "phase_one_transfer_duplicate",
        ),
        (
            {"W": expecting("b")},
            {"own": "W", "code": "W", "transfers": (Transfer("W", "c", committed=True),)},
            "phase_one_transfer_after_commit_mismatch",
        ),
    ],
)
def test_what_does_not_fit_is_a_scenario(
    declared: dict[str, Any], its: dict[str, Any], scenario: str
) -> None:
    assert scenario in [it for it, _ in scenarios(run(declared, **its))]


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "durable-object"},
        {"type": "durable-object", "storage": "disk"},
        {"type": "durable-object", "state": "gone"},
        {**LIVE, "renamed_to": "B"},
        {**DELETED, "storage": "sqlite"},
        {"type": "durable-object", "state": "renamed"},
        renamed("A"),
        renamed("not a name"),
        renamed("Absent"),
        {"type": "durable-object", "state": "transferred", "transferred_to": 1},
    ],
)
def test_an_entry_of_another_form_is_invalid(entry: dict[str, Any]) -> None:
    declared, problems = read_exports({"A": entry})
    assert (declared, [it["scenario"] for it in problems]) == ([], ["invalid_export"])


def test_other_exports_are_none_of_these() -> None:
    assert read_exports({"Api": {"type": "worker"}}) == ([], [])
    forms: tuple[Any, ...] = ([], {"A": 1})
    for broken in forms:
        with pytest.raises(BadBody):
            read_exports(broken)
