"""Why the same files would give another digest elsewhere, or did."""

from collections.abc import Iterator
from pathlib import Path

from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.ids import short_digest


def holds_its_folder(bundle: Bundle, place: Path) -> Iterator[str]:
    """Yield a note for each module that holds the path of the folder that it was built in."""
    for module in bundle.modules:
        if str(place).encode() in module.content:
            yield (
                f"{foreign_text(module.name)} holds the path of the folder that it was built in: "
                "where temporary files lie elsewhere, the same commit has another digest. Let the "
                "build write relative paths"
            )


def differs(before: Bundle, now: Bundle) -> Iterator[str]:
    """Yield a note where the same files gave another bundle before."""
    old, new = ({it.name: it.digest for it in one.modules} for one in (before, now))
    names = sorted(name for name in old | new if old.get(name) != new.get(name))
    if names:
        yield (
            f"the same files gave sha256:{short_digest(before.digest)} before: they differ in "
            f"{', '.join(map(foreign_text, names))}. What builds them writes a time, a random "
            "number or a path of this machine, and drift will find a difference"
        )
