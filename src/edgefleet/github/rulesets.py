"""Make and replace rulesets of a repository. Both need `administration: write`.

https://docs.github.com/rest/repos/rules
"""

from edgefleet.core.model import Json
from edgefleet.github import schemas as wire
from edgefleet.github.repository import GitHub


def make_ruleset(github: GitHub, ruleset: dict[str, Json]) -> None:
    """Make a ruleset, as the file of one holds it."""
    github.api.write("POST", f"{github.path}/rulesets", ruleset, wire.Ruleset)


def replace_ruleset(github: GitHub, number: int, ruleset: dict[str, Json]) -> None:
    """Replace a ruleset as a whole."""
    github.api.write("PUT", f"{github.path}/rulesets/{number}", ruleset, wire.Ruleset)
