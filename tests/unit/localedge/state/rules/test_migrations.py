from typing import Any

import pytest

from localedge.state.rules.migrations import check_exports, migrate
from localedge.state.scripts.records import DurableClass
from localedge.wire.binding_errors import (
    ClassNotExported,
    LiveClassMissing,
    MigrationNotApplicable,
    MigrationTagMismatch,
)
from localedge.wire.errors import BadBody

A = DurableClass("A", "namespace-a", sqlite=True)


def test_steps_are_applied_in_order() -> None:
    steps = [
        {"new_sqlite_classes": ["A"], "new_classes": ["B"]},
        {"renamed_classes": [{"from": "A", "to": "C"}], "deleted_classes": ["B"]},
    ]
    done = migrate({}, None, {"new_tag": "v2", "steps": steps})
    assert (list(done.classes), done.tag, len(done.dropped)) == (["C"], "v2", 1)
    assert done.classes["C"].sqlite


def test_a_renamed_class_keeps_its_namespace() -> None:
    renamed = {"old_tag": "v1", "new_tag": "v2", "renamed_classes": [{"from": "A", "to": "B"}]}
    assert migrate({"A": A}, "v1", renamed).classes["B"].namespace_id == A.namespace_id


@pytest.mark.parametrize(("tag", "old_tag"), [("v1", None), ("v1", "v0"), (None, "v1"), ("v1", "")])
def test_a_migration_starts_from_the_tag_of_the_script(tag: str | None, old_tag: str) -> None:
    with pytest.raises(MigrationTagMismatch):
        migrate({}, tag, {"old_tag": old_tag, "new_tag": "v2"})


@pytest.mark.parametrize(
    "step",
    [
        {"new_classes": ["A"]},
        {"new_sqlite_classes": ["A"]},
        {"deleted_classes": ["B"]},
        {"renamed_classes": [{"from": "B", "to": "C"}]},
        {"renamed_classes": [{"from": "A", "to": "A2"}, {"from": "A", "to": "A3"}]},
        {"transferred_classes": [{"from": "X", "from_script": "other", "to": "B"}]},
    ],
)
def test_a_step_that_does_not_fit_the_classes_is_refused(step: dict[str, Any]) -> None:
    with pytest.raises(MigrationNotApplicable):
        migrate({"A": A}, None, {"new_tag": "v1", **step})


def test_no_class_takes_the_place_of_another() -> None:
    both = {"A": A, "B": DurableClass("B", "namespace-b", sqlite=True)}
    with pytest.raises(MigrationNotApplicable):
        migrate(both, None, {"renamed_classes": [{"from": "A", "to": "B"}]})


@pytest.mark.parametrize("broken", [[], "v1", {"steps": [1]}, {"renamed_classes": [{"from": "A"}]}])
def test_what_is_no_migration_is_refused(broken: Any) -> None:
    with pytest.raises(BadBody):
        migrate({"A": A}, None, broken)


def test_a_transferred_class_is_named_with_who_gives_it() -> None:
    taking = {"transferred_classes": [{"from": "A", "from_script": "giver", "to": "B"}]}
    done = migrate({}, None, taking, {"giver": {"A": A}}.__getitem__)
    assert done.given == (("giver", "A"),)
    assert done.classes["B"].namespace_id == A.namespace_id


def test_code_must_export_every_class() -> None:
    new = DurableClass("New", "namespace-new", sqlite=True)
    check_exports({"A": A, "New": new}, {"A": A}, {"A", "New", "default"})
    with pytest.raises(LiveClassMissing):
        check_exports({"A": A}, {"A": A}, {"default"})
    with pytest.raises(ClassNotExported):
        check_exports({"New": new}, {}, {"default"})
