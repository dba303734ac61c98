"""Compare a repository's live ruleset at GitHub with .github/rulesets/main.json.

Where owners must review, GitHub must also know the owners that .github/CODEOWNERS names: it skips
lines of others. Exit 0 where all is so, 3 with a line for each difference where not. Needs
GITHUB_REPOSITORY and GITHUB_TOKEN; who may pass by the rules is shown to a token with
`administration: write` alone.
"""

import json
import os
import sys
from pathlib import Path

from edgefleet.actions.repository.ruleset import ruleset_differences
from edgefleet.core.model import Json
from edgefleet.errors import ChangesFound, ConfigError
from edgefleet.github.repository import github_of

ACTORS = "bypass_actors"
HINT = "docs/ci-cd.md says how to import the file"


def check_branch_protection(file: Path) -> None:
    """Raise `ChangesFound` where they differ."""
    wanted = read_ruleset(file)
    github = github_of(os.environ)
    live = github.ruleset(wanted["name"])
    if live is None:
        raise ChangesFound(
            f"{github.repository} has no ruleset '{wanted['name']}': nothing is protected by it",
            hint=HINT,
        )
    if ACTORS not in live:
        print(f"note: {ACTORS} is not compared: the token may not see it", file=sys.stderr)
        wanted.pop(ACTORS, None)
    found = [*ruleset_differences(wanted, live), *github.owner_errors()]
    if found:
        print("\n".join(found))
        raise ChangesFound(
            f"{len(found)} difference{'s' * (len(found) > 1)} between {github.repository} and "
            f"{file.name}",
            hint=HINT,
        )
    print(f"{github.repository} is protected as {file.name} says")


def read_ruleset(file: Path) -> dict[str, Json]:
    """Read the file. Raises `ConfigError`."""
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("name"), str):
        raise ConfigError(f"{file} is no ruleset: it has no name")
    return content
