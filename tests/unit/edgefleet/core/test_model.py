"""Models of which a command keeps thousands."""

import pickle

from edgefleet.config.target import STAGING, Target
from edgefleet.core.model import Model, lean


class Report(Model):
    """Two targets and a note."""

    first: Target
    others: tuple[Target, ...] = ()
    note: str = ""


def report(name: str) -> Report:
    target = Target(tenant=name, environment=STAGING)
    return Report(first=target, others=(target.model_copy(),))


def test_lean_models_share_what_was_given() -> None:
    acme, birch = lean(report("acme")), lean(report("birch"))
    assert acme.model_fields_set is birch.model_fields_set
    targets = (acme.first, *acme.others, birch.first, *birch.others)
    assert len({id(each.model_fields_set) for each in targets}) == 1


def test_a_lean_model_says_what_it_said() -> None:
    plain = report("acme")
    told = plain.model_dump(), plain.model_dump(exclude_unset=True), plain.model_dump_json()
    assert lean(plain) == report("acme")
    assert told == (
        plain.model_dump(),
        plain.model_dump(exclude_unset=True),
        plain.model_dump_json(),
    )


def test_a_copy_of_a_lean_model_changes_no_other() -> None:
    acme, birch = lean(report("acme")), lean(report("birch"))
    changed = acme.model_copy(update={"note": "changed"})
    assert changed.model_fields_set == {"first", "others", "note"}
    assert birch.model_fields_set == {"first", "others"}


def test_another_process_gets_lean_models_as_they_are() -> None:
    sent = [lean(report("acme")), lean(report("birch"))]
    acme, birch = pickle.loads(pickle.dumps(sent))  # noqa: S301 - of this process
    assert [acme, birch] == sent
    assert acme.model_fields_set is birch.model_fields_set
