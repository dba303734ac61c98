"""Compare a repository's live ruleset with the one that it is to have, and bring it there.

Where owners must review, GitHub must also know the owners that .github/CODEOWNERS names: it skips
lines of others. GitHub shows to a token with `administration: write` alone which actors may pass by
the rules.
"""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from edgefleet.core.model import Json
from edgefleet.errors import ChangesFound, ConfigError
from edgefleet.github.repository import GitHub
from edgefleet.github.rulesets import make_ruleset, replace_ruleset
from edgefleet.onboard.repository.ruleset import ruleset_differences

ACTORS = "bypass_actors"
FILE = Path(".github/rulesets/main.json")
"""The file that a repository may have."""
OURS = "ruleset.json"
"""The one of a fleet without a file: reviews, and the check of the workflow edgefleet-gates."""
HINT = "edgefleet github ruleset --apply"


def protect(
    wanted: dict[str, Json], name: str, github: GitHub, *, apply: bool = False
) -> Iterator[str]:
    """Yield a line for each difference, and how it ended; with `apply` bring the ruleset there.

    `name` is what the ruleset comes from, for messages. Raises `ChangesFound` where differences are
    left, among them owners whom GitHub does not know, which only a person can make right.
    """
    wanted = dict(wanted)
    live = github.ruleset(wanted["name"])
    if live is None and not apply:
        raise ChangesFound(
            f"{github.repository} has no ruleset '{wanted['name']}': nothing is protected by it",
            hint=HINT,
        )
    if live is None:
        make_ruleset(github, wanted)
        yield f"{github.repository} has the ruleset '{wanted['name']}' now"
    else:
        compared = wanted
        if ACTORS not in live:
            yield f"note: {ACTORS} is not compared: the token may not see it"
            compared = {key: one for key, one in wanted.items() if key != ACTORS}
        if found := list(ruleset_differences(compared, live)):
            yield from found
            if not apply:
                raise _different(len(found), github, name)
            replace_ruleset(github, int(live["id"]), wanted)
            yield f"the ruleset '{wanted['name']}' of {github.repository} was brought there"
    if _owners_review(wanted) and (unknown := github.owner_errors()):
        yield from unknown
        raise _different(len(unknown), github, name)
    yield f"{github.repository} is protected as {name} says"


def _different(count: int, github: GitHub, name: str) -> ChangesFound:
    plural = "s" * (count > 1)
    return ChangesFound(
        f"{count} difference{plural} between {github.repository} and {name}", hint=HINT
    )


def _owners_review(ruleset: dict[str, Json]) -> bool:
    return any(
        rule.get("parameters", {}).get("require_code_owner_review") for rule in ruleset["rules"]
    )


def ruleset_of(root: Path, file: Path | None) -> tuple[dict[str, Json], str]:
    """Return the ruleset that a repository is to have, and the name of what holds it.

    That of `file`, or of the repository's file, or the one of a fleet. Raises `ConfigError`.
    """
    own = file or root / FILE
    if file is None and not own.exists():
        text = (files("edgefleet.onboard.repository") / OURS).read_text("utf-8")
        return dict(json.loads(text)), "edgefleet's ruleset"
    return read_ruleset(own), own.name


def read_ruleset(file: Path) -> dict[str, Json]:
    """Read the file. Raises `ConfigError`."""
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("name"), str):
        raise ConfigError(f"{file} is no ruleset: it has no name")
    if not isinstance(content.get("rules"), list):
        raise ConfigError(f"{file} is no ruleset: it has no rules")
    return content
