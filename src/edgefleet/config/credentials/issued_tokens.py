"""Tokens that a program hands out: GitHub Actions learns to mask them, later steps to find them.

GitHub masks the secrets of a job by itself. It knows nothing of a token that a step made, unless
the step says so (https://docs.github.com/actions/reference/workflow-commands-for-github-actions
#masking-a-value-in-a-log). Another step does not know the token either, and must not: it gets a
digest, with which it finds the token in a file and cannot make it.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from edgefleet.core.secret import Secret
from edgefleet.github.workflow_log import WORKFLOW_LOG

FILE = "edgefleet-issued-tokens"
"""In the folder of the job's runner that ends with the job: a length and a SHA-256 a line."""
LINE = re.compile(r"(?P<length>[0-9]{1,4}) (?P<digest>[0-9a-f]{64})")


def announce(token: Secret, environ: Mapping[str, str]) -> None:
    """Have GitHub Actions mask a token from now on; elsewhere nothing is done."""
    if environ.get("GITHUB_ACTIONS") != "true":
        return
    value = token.reveal()
    _command(f"::add-mask::{value.replace('%', '%25')}")
    if folder := environ.get("RUNNER_TEMP"):
        with suppress(OSError), Path(folder, FILE).open("a") as file:
            file.write(f"{len(value)} {sha256(value.encode()).hexdigest()}\n")


def _command(line: str) -> None:
    """Send a command to the runner, which reads both streams; stdout may be a program's JSON."""
    if WORKFLOW_LOG.stopped:
        WORKFLOW_LOG.send(line)
    elif sys.__stderr__ is not None:  # sys.stderr would take the secret out
        with suppress(OSError):
            sys.__stderr__.write(f"{line}\n")
            sys.__stderr__.flush()


class IssuedTokens:
    """The tokens that earlier steps of this job were handed out, by their digests."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._digests: dict[int, set[str]] = defaultdict(set)
        folder = environ.get("RUNNER_TEMP")
        with suppress(OSError):
            for match in LINE.finditer(Path(folder, FILE).read_text() if folder else ""):
                self._digests[int(match["length"])].add(match["digest"])

    def found_in(self, text: str) -> bool:
        """Whether a text holds one of them."""
        return any(
            sha256(piece.encode()).hexdigest() in digests
            for length, digests in self._digests.items()
            for piece in _pieces(text, length)
        )


def _pieces(text: str, length: int) -> Iterator[str]:
    """Yield every part of a text that has this length and only characters that tokens have."""
    for run in re.finditer(rf"[!-~]{{{length},}}", text):
        for start in range(run.start(), run.end() - length + 1):
            yield text[start : start + length]
