"""docs/localedge.md says of each kind of binding what the code does with it."""

import re

from localedge.runtime.instances.miniflare_options import TRANSLATIONS
from localedge.state.rules.bindings import BARE, REQUIRED
from support.project import ROOT

ROW = re.compile(
    r"^\| (?P<kinds>`[a-z0-9_]+`(?:, `[a-z0-9_]+`)*) \| (?P<what>[^|]+) \|$", re.MULTILINE
)


def rows() -> dict[str, str]:
    """Return what the table says of each kind."""
    page = (ROOT / "docs/localedge.md").read_text()
    table = page.partition("### Kinds of bindings")[2].partition("\n\n### ")[0]
    found: list[tuple[str, str]] = []
    for row in ROW.finditer(table):
        found += [(kind.strip("`"), row["what"]) for kind in row["kinds"].split(", ")]
    assert len(found) == len(dict(found)), "a kind stands in two rows"
    return dict(found)


def test_the_page_has_each_kind_that_an_upload_may_have() -> None:
    assert set(rows()) - {"type"} == set(REQUIRED) | set(BARE)


def test_the_page_says_which_kinds_throw() -> None:
    throwing = {kind for kind, what in rows().items() if what.startswith("throws")}
    assert throwing == (set(REQUIRED) | set(BARE)) - set(TRANSLATIONS)
