from edgefleet.canary.models import Counts
from edgefleet.canary.probes import probe_both
from edgefleet.http.connection import TransportError


def test_both_versions_are_probed_as_often() -> None:
    asked: list[str] = []

    def probe(version: str) -> str:
        asked.append(version)
        if version == "new" and len(asked) == 2:
            raise TransportError("no answer")
        return "it answers HTTP 500" if version == "new" and len(asked) == 4 else ""

    window = probe_both(probe, ("old", "new"), 3)

    assert asked == ["old", "new"] * 3
    assert (window.errors.old, window.errors.new) == (Counts(3), Counts(3, 2))
