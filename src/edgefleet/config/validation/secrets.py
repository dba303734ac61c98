"""What must not be in any file of a tenant: something that looks like a secret."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from edgefleet.config.reading.finding import Severity
from edgefleet.config.reading.rule import Problem, Rule
from edgefleet.core.secret import Secret

SECRET_IN_FILE = Rule(
    code="secret-in-file",
    means="A file under tenants/ holds what looks like a token, a private key or a password. "
    "Files there are committed and public to everyone with the repository. Digests "
    "(apiKeyDigests), account ids and ids of resources are no secrets. In .dev.vars, which git "
    "ignores, it is a warning.",
    example='"vars": { "UPSTREAM_TOKEN": "<40 random characters>" }',
    fix="revoke it now, remove it here, and set it with 'wrangler secret put'",
)
RULES = (SECRET_IN_FILE,)


@dataclass(frozen=True, slots=True)
class _Shape:
    what: str
    marks: tuple[str, ...]
    """A text without any of these cannot hold one: a quick look that spares the slow one."""
    pattern: re.Pattern[str]


def _shape(what: str, marks: str, pattern: str) -> _Shape:
    return _Shape(what, tuple(marks.split("|")), re.compile(pattern))


# Whoever writes what is searched may want the search to take for ever: no pattern here looks far
# before it fails, or twice at the same characters, so each is linear in its input.

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

_SHAPES = (
    _shape(
        "a private key",
        "PRIVATE KEY",
        r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY-----"
        r"(?:(?:[^-]|-(?!----))*+-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY-----"
        r"|(?:\\+[nr]|[A-Za-z0-9+/=\s])*)",
    ),
    _shape("a Slack token", "xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    _shape("a password in a URL", "://", r"://(?P<value>[^\s/:@\"']+:[^\s/:@\"']{3,})@"),
    _shape(
        "a password",
        "assw|ASSW|assphrase",
        r"(?i)(?<=pass)(?:word|wd|phrase)[\w-]{0,64}[\"']?\s{0,20}[:=]\s{0,20}[\"']?"
        r"(?P<value>[^\s\"',]{6,})",
    ),
)

_RUN = re.compile(r"[A-Za-z0-9_+/~.-]{20,}+")
"""What a secret is part of: a long run of characters that secrets consist of."""

_SECRET_NAME = re.compile(
    r"(?i:token|secret|credential|auth(?:orization)?\b|bearer|(?:api|private|access)[_-]?key|_key\b)"
    r"[\w-]*[\"']?\s*[:=]?\s*\[?\s*[\"']?(?i:bearer\s+)?$"
)
"""A name that says secret, standing right before a value."""

MIN_BITS = 3.0
"""Shannon entropy for each character from which a value looks random: words stay below it."""

_API_TOKEN_BITS = 4.2
_API_TOKEN = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9_-]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DIGEST_NAME = re.compile(r"(?i)digest|sha-?256|hash")
_WORD = r"(?:[A-Z]?[a-z]+|[A-Z]+)?[0-9]{0,4}"
_WORDS = re.compile(rf"{_WORD}(?:[-_./]{_WORD})*")


_CLEAN: set[str] = set()
"""Lines in which nothing was found: most lines of a thousand tenants are alike."""
MOST_CLEAN = 8192
LONGEST_CLEAN = 512
"""Characters: a longer line is hardly any tenant's, and would take memory."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """What looks like a secret: at which offset, what kind, and its text, which prints redacted."""

    offset: int
    what: str
    text: Secret


def suspects(text: str) -> list[Suspect]:
    """Find what looks like a secret in the text of a file."""
    found = {suspect.offset: suspect for suspect in _in_lines(text)}
    for shape in _SHAPES:
        for suspect in _shaped(shape, text, 0, len(text)):
            found[suspect.offset] = suspect
    return [found[offset] for offset in sorted(found)]


def _in_lines(text: str) -> Iterator[Suspect]:
    lines = text.split("\n")
    found = {line: here for line in set(lines) - _CLEAN if (here := _in_line(line))}
    start = 0
    for line in lines if found else ():
        for suspect in found.get(line, ()):
            yield replace(suspect, offset=start + suspect.offset)
        start += len(line) + 1


def _in_line(line: str) -> list[Suspect]:
    found = list(_in_runs(line))
    if not found and len(line) <= LONGEST_CLEAN and len(_CLEAN) < MOST_CLEAN:
        _CLEAN.add(line)
    return found


def _in_runs(line: str) -> Iterator[Suspect]:
    for run in _RUN.finditer(line):
        value, start = run[0], run.start()
        what = _random_looking(line[max(0, start - 80) : start], value)
        if what and not _WORDS.fullmatch(value):
            yield Suspect(start, what, Secret(value))
        if _TOKEN_MARK.search(value):
            for shape in _TOKENS:
                yield from _shaped(shape, line, start, run.end())


def _shaped(shape: _Shape, text: str, start: int, end: int) -> Iterator[Suspect]:
    if any(text.find(mark, start, end) >= 0 for mark in shape.marks):
        group = "value" if "value" in shape.pattern.groupindex else 0
        for match in shape.pattern.finditer(text, start, end):
            yield Suspect(match.start(group), shape.what, Secret(match[group]))


def _random_looking(before: str, value: str) -> str:
    """Return what a run looks like by its characters and its name; nothing for most runs."""
    if _API_TOKEN.fullmatch(value) and _entropy(value) >= _API_TOKEN_BITS:
        return "a Cloudflare API token"
    if not _names_secret(before) or _entropy(value) < MIN_BITS:
        return ""
    digest = _SHA256.fullmatch(value) and _DIGEST_NAME.search(before)
    return "" if digest else "a token or password"


@lru_cache(maxsize=1024)
def _names_secret(before: str) -> bool:
    return bool(_SECRET_NAME.search(before))


def secret_problem(file: str, suspect: Suspect) -> Problem:
    """Return the problem of a suspect, without its text."""
    local = file.rsplit("/", 1)[-1].startswith(".dev.vars")
    severity = Severity.WARNING if local else Severity.ERROR
    action = "never commit this file" if local else ""
    message = f"this looks like {suspect.what}"
    return SECRET_IN_FILE.broken(file, suspect.offset, message, action=action, severity=severity)


def _entropy(value: str) -> float:
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
