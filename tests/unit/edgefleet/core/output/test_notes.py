"""Notes about many targets are printed once (A3)."""

from edgefleet.core.output.notes import Notes

FIRST, SECOND = (f"{number}f0c9ad0-0000-4000-8000-00000000000{number}" for number in (1, 2))


def test_same_note_for_several_targets_is_one_line() -> None:
    notes = Notes()
    for tenant in ("birch", "acme"):
        notes.add(tenant, "note: the data stays")
    notes.add("acme", "note: only here")
    assert notes.lines() == ["  acme, birch: note: the data stays", "  acme: note: only here"]
    assert notes.lines() == []


def test_of_many_targets_the_number_is_told() -> None:
    notes = Notes()
    for number in range(40):
        notes.add(f"t{number:03d}", "note: the data stays")
    assert notes.lines() == ["  40 tenants: note: the data stays"]


def test_notes_that_differ_in_a_version_alone_are_the_same() -> None:
    notes = Notes()
    notes.add("acme", f"note: version {FIRST} is not live then")
    assert notes.lines() == [f"  acme: note: version {FIRST} is not live then"]
    notes.add("acme", f"note: version {FIRST} is not live then")
    notes.add("birch", f"note: version {SECOND} is not live then")
    assert notes.lines() == ["  acme, birch: note: version VERSION is not live then"]
