"""Pages, code and workflows use the words of docs/glossary.md, and plain English.

REFUSED has words that no reader should have to translate, each with what to write instead. AREAS
has the files and folders that are held to it. Of Python, comments and strings count (docstrings
and messages); of pages, everything but code.
"""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from support.project import ROOT

REFUSED = {
    r"nobody|somebody": "name who: you, edgefleet, Cloudflare, another run",
    r"whoever": "name who",
    r"(?<=[.:|]\s)(?-i:Who)\s(?!did\sit:|[^.]*\?)": "name who: 'If you ...', 'A person who ...'",
    r"borne": "tolerated, allowed",
    r"(?:is|are|was|were|been) told": "name who says what: 'edgefleet prints ...'",
    r"(?:tak(?:e|es|en|ing)|took) (?:it |them |that |this )?back": "restore, roll back",
    r"put(?:s|ting)? (?:it |them |that |this )?back": "restore",
    r"(?:the|no|its|a) way back": "restore; of a deploy without one: irreversible",
    r"left alone|leaves? \w+ alone": "skipped, unchanged",
    r"given up": "gave up; of a version: marked as bad",
    r"proved at (?:nothing|0)": "checked in the canary phase",
    r"(?:prob|ask)ed (?:for )?by (?:its )?name": "with a version override",
    r"whole upload": "script upload",
    r"looks? for drift": "drift check",
    r"strangers?": "foreign, unmanaged",
    r"(?<!one\s)(?<!those\s)of (?:its|their|his) own": "its own X, a separate X",
    r"past edgefleet": "by other tools",
}
AREAS: tuple[str, ...] = (
    "*.md",
    ".github",
    "bench",
    "ci",
    "deployments",
    "docs/*.md",
    "docs/decisions",
    "docs/deployment",
    "docs/runbooks",
    "docs/worker",
    "src",
    "tests/*.py",
    "tests/contract",
    "tests/fixtures",
    "tests/hostile",
    "tests/integration",
    "tests/soak",
    "tests/support",
    "tests/unit",
)
MEANS_ITSELF = {"docs/glossary.md", "tests/unit/docs/test_words.py"}
"""The files that list the words."""

PATTERN = re.compile(
    "|".join(rf"\b(?:{word})\b" if "Who" not in word else word for word in REFUSED).replace(
        " ", r"\s+"
    ),
    re.IGNORECASE,
)

AROUND = re.compile(r"\(\?<?[=!][^()]*\)")
"""What a pattern says of the text before and after it."""

IN_SMALL = re.compile(
    rf"\b(?:{'|'.join(AROUND.sub('', word) for word in REFUSED if 'Who' not in word)})".replace(
        " ", r"\s+"
    )
)
"""The same for a text in small letters, without what is around: quick, and finds no less."""


def perhaps_refused(text: str) -> bool:
    """Whether to look closer; no for a text without any refused word, code included."""
    return "Who" in text or IN_SMALL.search(text.lower()) is not None


SAME_SENTENCE = re.compile(r"(?<!\n)\n[ #*/]*(?=\S)")
"""The end of a line within a paragraph, with what begins the next line of a comment."""


def files(areas: tuple[str, ...] = AREAS) -> list[str]:
    """Return the files below the areas, as paths of the repository."""
    suffixes = {".md", ".py", ".yml", ".ts", ".js", ".mjs", ".sh"}
    found = [
        file.relative_to(ROOT).as_posix()
        for area in areas
        for path in sorted(ROOT.glob(area))
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if file.is_file() and (file.suffix in suffixes or not path.is_dir())
    ]
    return [file for file in dict.fromkeys(found) if file not in MEANS_ITSELF]


def prose(file: Path) -> Iterator[tuple[int, str]]:
    """Yield what a file says to people, with its line."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in {tokenize.COMMENT, tokenize.STRING} or "FSTRING" in token_name(token):
                yield token.start[0], token.string
    elif file.suffix == ".md":
        text = re.sub(r"^ *```.*?^ *```", blank, text, flags=re.DOTALL | re.MULTILINE)
        text = re.sub(r"`[^`\n]*`|\]\([^)]*\)", blank, text)
        yield 1, text
    else:
        yield 1, text


def blank(found: re.Match[str]) -> str:
    """Keep the lines, so that places stay right."""
    return "X" + "\n" * found[0].count("\n")


def token_name(token: tokenize.TokenInfo) -> str:
    """Return the name of a token's type; Python 3.12 has parts of f-strings as tokens."""
    return tokenize.tok_name[token.type]


def refused(file: Path) -> list[str]:
    """Return each refused word with its place."""
    raw = in_one_line(file.read_text(encoding="utf-8"))
    if not perhaps_refused(raw):
        return []  # to take a file apart is slow
    return [
        f"{file.name}:{line + text.count(chr(10), 0, found.start())}: {found[0]!r}"
        for line, text in prose(file)
        for found in PATTERN.finditer(in_one_line(text))
    ]


def in_one_line(text: str) -> str:
    """Join the lines of each paragraph; every character keeps its place."""
    return SAME_SENTENCE.sub(lambda gap: " " * len(gap[0]), text)


def test_files_use_plain_words() -> None:
    places = {file: found for file in files() if (found := refused(ROOT / file))}
    assert places == {}


def test_refused_words_are_found_in_code_and_across_lines(tmp_path: Path) -> None:
    page, module = tmp_path / "page.md", tmp_path / "module.py"
    page.write_text("All is well.\nIt was taken\nback. `nobody`\n\nHere. Who reads this, knows.\n")
    module.write_text('nobody = 1\n# What was\n# left alone.\nprint(f"{one} is told")\n')
    assert [line.split(": ")[0] for line in refused(page)] == ["page.md:2", "page.md:5"]
    assert [line.split(":")[1] for line in refused(module)] == ["3", "4"]
