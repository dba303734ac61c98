"""Find and mask secrets in text, by their form and by the names that stand before them.

Forms and names are those that gitleaks and detect-secrets know, as far as tenants' files, plans,
drift reports and artifacts may hold them.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from edgefleet.core.ids import SHA256
from edgefleet.core.secret import REDACTED, Secret

_NAMES = (
    r"token|secret|passw|passphrase|credential|bearer"
    r"|(?:api|private|access|signing|smoke)[_-]?key"
)
_SECRET_NAME = re.compile(rf"(?i){_NAMES}")
_NO_SECRET_NAME = re.compile(r"(?i)digest|hash|sha-?256|budget|(?:name|id|url|ttl|type)s?$")
"""Names that mention a secret without holding one, such as `token_budget` or `key_id`."""
_NAME_BEFORE_VALUE = re.compile(
    rf"(?i:{_NAMES}|auth(?:orization)?\b|_key\b)"
    r"[\w-]*[\"']?\s*[:=]?\s*\[?\s*[\"']?(?i:bearer\s+)?$"
)
"""A name right before a value. Together with a random value, weaker names are enough."""

_PARTS_OF_NAMES = (
    *("token", "secret", "passw", "passphrase", "credential", "bearer", "auth"),
    *("_key", "-key", "ikey", "ekey", "skey", "gkey"),
)
"""Each name of `_NAME_BEFORE_VALUE` has one of these, in lower case."""

MOST = 100
"""Secrets in one text that are replaced one by one; a text with more is replaced as a whole."""
LONGEST = 20_000
"""Characters of one secret; a private key has some thousand."""


@dataclass(frozen=True, slots=True)
class _Shape:
    what: str
    marks: tuple[str, ...]
    """A text without any of these cannot match: a quick test that saves the slow one."""
    expression: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """The expression, compiled where a text may match it; Python keeps it."""
        return re.compile(self.expression)


def _shape(what: str, marks: str, pattern: str) -> _Shape:
    return _Shape(what, tuple(marks.split("|")), pattern)


# An attacker may write the searched text so that the search never ends. Each pattern here is linear
# in its input: it does not read far before it fails, and reads no character twice.

_TOKENS = (
    # https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/
    _shape("a Cloudflare credential", "cfk_|cfut_|cfat_", r"\bcf(?:k|ut|at)_[A-Za-z0-9_-]{40,}"),
    _shape("a Cloudflare origin CA key", "v1.0-", r"\bv1\.0-[0-9a-f]{24}-[0-9a-f]{100,}"),
    _shape("a GitHub token", "ghp_|gho_|ghu_|ghs_|ghr_", r"\bgh[pousr]_[A-Za-z0-9]{36,}"),
    _shape("a GitHub token", "github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{40,}"),
    _shape("a GitLab token", "glpat-", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    _shape("a key of an AI provider", "sk-", r"\bsk-[A-Za-z0-9_-]{20,}"),
    _shape("a Stripe key", "k_live_", r"\b[sr]k_live_[A-Za-z0-9]{16,}"),
    _shape("an AWS access key", "AKIA|ASIA", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    _shape("a Google API key", "AIza", r"\bAIza[A-Za-z0-9_-]{35}"),
    _shape("an npm token", "npm_", r"\bnpm_[A-Za-z0-9]{36}"),
    _shape("a Hugging Face token", "hf_", r"\bhf_[A-Za-z0-9]{30,}"),
    _shape("a JSON Web Token", "eyJ", r"\beyJ[\w-]{10,1000}+\.eyJ[\w-]{10,8000}+\.[\w-]+"),
)
"""Tokens, each of which is part of one long run of characters."""

_TOKEN_MARK = re.compile("|".join(re.escape(mark) for shape in _TOKENS for mark in shape.marks))
_ID = re.compile(r"[0-9a-f-]+")
"""Most long runs are ids or digests, in which no token's mark can be."""

_SHAPES = (
    _shape(
        "a private key",
        "PRIVATE KEY",
        r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY-----"
        # Python before 3.11.5 ends a possessive group too early, so none is in here:
        # https://github.com/python/cpython/issues/106052
        r"(?:[^-]*+(?:-(?!----)[^-]*+)*-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY-----"
        r"|(?:\\+[nr]|[A-Za-z0-9+/=\s])*)",
    ),
    _shape("a Slack token", "xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    # Of a database on this machine, such as localConnectionString of a wrangler file, it is none.
    _shape(
        "a password in a URL",
        "://",
        r"://(?P<value>[^\s/:@\"']+:[^\s/:@\"']{3,})@(?!(?:localhost|127\.0\.0\.1|\[::1\])[:/\"'])",
    ),
    _shape(
        "a password",
        "assw|ASSW|assphrase",
        r"(?i)(?<=pass)(?:word|wd|phrase)[\w-]{0,64}[\"']?\s{0,20}[:=]\s{0,20}[\"']?"
        r"(?P<value>[^\s\"',]{6,})",
    ),
)

SHORTEST_RUN = 20
_SHAPE_MARKS = tuple(mark for shape in _SHAPES for mark in shape.marks)

_RUN = re.compile(rf"[A-Za-z0-9_+/~.-]{{{SHORTEST_RUN},}}+")
"""A long run of characters that secrets consist of; a secret is part of one."""
_RUNS_APART = {code: " " for code in range(128) if not re.match(r"[A-Za-z0-9_+/~.-]", chr(code))}
"""Puts a blank between runs of a text that is ASCII."""

MIN_BITS = 3.0
"""Shannon entropy of each character from which a value looks random; words stay below it."""

_API_TOKEN_BITS = 4.2
API_TOKEN_LENGTH = 40
_API_TOKEN = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9_-]+")
_SHA256 = re.compile(SHA256)
_DIGEST_NAME = re.compile(r"(?i)digest|sha-?256|hash")
_WORD = r"(?:[A-Z]?[a-z]+|[A-Z]+)?[0-9]{0,4}"
_WORDS = re.compile(rf"{_WORD}(?:[-_./]{_WORD})*")

LONGEST_KEPT_LINE = 512
"""Characters of a line that is kept as one without secrets."""
MOST_KEPT_LINES = 4096


@dataclass(frozen=True, slots=True)
class PossibleSecret:
    """A piece of a text that looks like a secret; it prints redacted."""

    offset: int
    """Characters before it."""
    line: int
    """Counted from 1."""
    what: str
    """The kind of secret, such as "a GitHub token"."""
    text: Secret


def names_secret(name: str) -> bool:
    """Whether a variable or a field of this name may hold a secret."""
    return bool(_SECRET_NAME.search(name))


def find_secrets(text: str) -> list[PossibleSecret]:
    """Find what looks like a secret in a text, in the order of the text."""
    found = {one.offset: one for one in _in_lines(text)}
    for shape in _SHAPES if [mark for mark in _SHAPE_MARKS if mark in text] else ():
        line, counted = 1, 0
        for one in _shaped(shape, text, 0, len(text)):
            line += text.count("\n", counted, one.offset)
            counted = one.offset
            found[one.offset] = replace(one, line=line)
    return [found[offset] for offset in sorted(found) if found[offset].text.reveal() != REDACTED]


def leaks(text: str) -> list[PossibleSecret]:
    """Find what looks like a secret in a text to be published, also in JSON within JSON."""
    return find_secrets(text) or find_secrets(text.replace("\\", ""))


def masked(text: str, name: str = "") -> str:
    """Return the text with what looks like a secret replaced. Doing it twice changes nothing more.

    `name` is the name of the field or variable whose value the text is: it reveals a secret that
    does not look like one.
    """
    if name and _is_secret(text, name):
        return REDACTED
    either = (*find_secrets(text), *find_secrets(text.replace("\\", "")))
    found = {one.text.reveal() for one in either}
    if len(found) > MOST or any(len(secret) > LONGEST for secret in found):
        return REDACTED
    for secret in sorted(found, key=len, reverse=True):  # one may be a part of another
        escaped = r"\\*".join(map(re.escape, secret))  # as JSON within JSON has it
        text = re.sub(escaped, lambda _: REDACTED, text)
    return text


def _is_secret(text: str, name: str) -> bool:
    """Whether a value is a secret by its name, or looks like one beside its name."""
    last = name.rpartition(".")[2]
    if names_secret(last) and not _NO_SECRET_NAME.search(last):
        return not (text.isdigit() or text == "" or text == REDACTED)
    return bool(find_secrets(f'{name}: "{text}"')) and not find_secrets(text)


_without_secrets: set[str] = set()
"""Lines in which nothing was found: most lines of a thousand tenants are alike."""


def _in_lines(text: str) -> Iterator[PossibleSecret]:
    new = set(text.split("\n")) - _without_secrets
    lines = "\n".join(new)
    if _surely_nothing(lines) or next(_in_runs(lines), None) is None:
        _keep(new)
        return
    line, counted = 1, 0
    for one in _in_runs(text):
        line += text.count("\n", counted, one.offset)
        counted = one.offset
        yield replace(one, line=line)


def _keep(lines: Iterable[str]) -> None:
    # What the first texts of a run do not have in common, few of the others have.
    if len(_without_secrets) < MOST_KEPT_LINES:
        _without_secrets.update(line for line in lines if len(line) <= LONGEST_KEPT_LINE)


def _surely_nothing(text: str) -> bool:
    """Whether a text has no run that could be a secret; a quick test that saves the slow one."""
    lower = text.lower()
    if not text.isascii() or [part for part in _PARTS_OF_NAMES if part in lower]:
        return False
    runs = [run for run in text.translate(_RUNS_APART).split() if len(run) >= SHORTEST_RUN]
    others = [run for run in runs if not _ID.fullmatch(run)]
    return not any(len(run) == API_TOKEN_LENGTH or _TOKEN_MARK.search(run) for run in others)


def _in_runs(text: str) -> Iterator[PossibleSecret]:
    """Yield what is found in long runs of characters, all of it on line 1."""
    for run in _RUN.finditer(text):
        value, start = run[0], run.start()
        before = text[max(0, start - 80) : start].rpartition("\n")[2]
        what = _random_looking(before, value)
        if what and not _WORDS.fullmatch(value):
            yield PossibleSecret(start, 1, what, Secret(value))
        if not _ID.fullmatch(value) and _TOKEN_MARK.search(value):
            for shape in _TOKENS:
                yield from _shaped(shape, text, start, run.end())


def _shaped(shape: _Shape, text: str, start: int, end: int) -> Iterator[PossibleSecret]:
    if any(text.find(mark, start, end) >= 0 for mark in shape.marks):
        group = "value" if "value" in shape.pattern.groupindex else 0
        for match in shape.pattern.finditer(text, start, end):
            yield PossibleSecret(match.start(group), 1, shape.what, Secret(match[group]))


def _random_looking(before: str, value: str) -> str:
    """Return the kind of secret by the characters of a run and its name; empty for most runs."""
    token = len(value) == API_TOKEN_LENGTH and _API_TOKEN.fullmatch(value)
    if token and _entropy(value) >= _API_TOKEN_BITS:
        return "a Cloudflare API token"
    if not _follows_secret_name(before) or _entropy(value) < MIN_BITS:
        return ""
    digest = _SHA256.fullmatch(value) and _DIGEST_NAME.search(before)
    return "" if digest else "a token or password"


@lru_cache(maxsize=1024)
def _follows_secret_name(before: str) -> bool:
    return bool(_NAME_BEFORE_VALUE.search(before))


def _entropy(value: str) -> float:
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
