"""The page of environment variables names what the code reads."""

import re

from support.project import ROOT

PAGE = (ROOT / "docs/reference/environment-variables.md").read_text()
NAME = re.compile(r"\b(?:CLOUDFLARE_API|EDGEFLEET|NO_COLOR|FORCE_COLOR)(?:_[A-Z]+)*(?![A-Z_]*<)\b")
EXAMPLES = {"CLOUDFLARE_API_TOKEN_ACME", "CLOUDFLARE_API_TOKEN_ACME_STAGING"}


def test_every_variable_that_edgefleet_reads_is_on_the_page() -> None:
    sources = [path.read_text() for path in (ROOT / "src/edgefleet").rglob("*.py")]
    read = {name for text in sources for name in NAME.findall(text)} - EXAMPLES
    assert len(read) > 8
    assert sorted(name for name in read if name not in PAGE) == []


def test_every_variable_on_the_page_is_read_somewhere() -> None:
    folders = (ROOT / "src/edgefleet", ROOT / "ci", ROOT / ".github")
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    sources = "".join(path.read_text(errors="ignore") for path in files if path.suffix != ".pyc")
    named = set(re.findall(r"`_?([A-Z][A-Z_]+?)(?:_<[A-Z_<>]+)?`", PAGE))
    # The parts of GITHUB_... are put together; proxies are read by urllib's rules.
    read = {name for name in named if not name.endswith("_PROXY")} - {
        "CLOUDFLARE_API_TOKEN_ACME_PRODUCTION",
        "GITHUB_SERVER_URL",
        "GITHUB_RUN_ID",
    }
    assert sorted(name for name in read if name not in sources) == []
