"""What `edgefleet adopt` prints: files, what they do not say, and what a plan finds."""

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from shlex import quote

from edgefleet.config.report import findings_text
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.ids import short_digest
from edgefleet.onboard.adopt.models import AdoptedTarget, DraftedFile, Unwritten
from edgefleet.plan.report import change_text
from edgefleet.state.models import Change

CODE = ("modules.", "main_module", "service_worker")
ASSETS = "assets.digest"


def difference_text(files: Sequence[DraftedFile]) -> str:
    """Return how files change, as `diff -u` shows it."""
    lines: list[str] = []
    for one in files:
        before = (one.before or "").splitlines()
        found = difflib.unified_diff(
            before, one.after.splitlines(), one.path, one.path, lineterm=""
        )
        lines += map(_printable, found)
    return "\n".join(lines)


def files_text(files: Sequence[DraftedFile]) -> str:
    """Return the whole text of files, each below its path."""
    return "\n".join(f"== {one.path}\n{_printable(one.after.rstrip())}" for one in files)


def adopted_text(found: AdoptedTarget, *, planned: bool) -> str:
    """Return what became of one target, and what it still differs in."""
    lines = [f"{found.target} ({found.script} in account {found.account_id})"]
    lines += [f"  {one.state:<9}  {one.path}" for one in found.files]
    lines += [f"  not in the files: {_line(one)}" for one in found.unwritten]
    if found.findings:
        lines += [f"  {line}" for line in findings_text(found.findings).splitlines()]
    if planned:
        lines += _plan_lines(found)
    if found.bundle:
        bundle = f"--bundle {quote(found.bundle)}"
        lines.append(f"  the live modules: edgefleet plan {found.target.as_selector} {bundle}")
    return "\n".join(lines)


def codes_text(found: Sequence[AdoptedTarget]) -> str:
    """Return which Workers run another code than most do; empty where all run the same."""
    digests = Counter(one.code_digest for one in found)
    if len(digests) < 2:
        return ""
    (most, number), *_ = digests.most_common()
    named = {one.target: one.code_digest for one in found if one.code_digest != most}
    words = ", ".join(f"{target} ({_digest(digest)})" for target, digest in named.items())
    return f"not the code of the other {number} ({_digest(most)}): {words}"


def _plan_lines(found: AdoptedTarget) -> Iterator[str]:
    if found.changes is None:
        yield "  plan: none yet, because of what is named above"
        return
    if not found.changes:
        yield "  plan: No changes."
        return
    yield f"  plan: {len(found.changes)} to change"
    reasons = {one.what: one.why for one in found.unwritten}
    for change in found.changes:
        why = reason(change, reasons)
        yield f"  {change_text(change)}" + (f"  ({why})" if why else "")


def reason(change: Change, reasons: Mapping[str, str]) -> str:
    """Return why a plan finds a difference at once; empty where a person must look.

    `reasons` says of each thing that is not in the files why not.
    """
    if change.path.startswith(CODE):
        return reasons.get("code") or "the code: --download takes the live modules"
    if change.path == ASSETS:
        return "Cloudflare does not tell which files are live"
    if change.path.startswith("d1_migrations."):
        return "this D1 migration was not applied"
    for what in (change.path, *_outer(change.path)):
        if what in reasons:
            return "not in the files, see above"
    return ""


def _outer(path: str) -> Iterator[str]:
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


def _line(one: Unwritten) -> str:
    return f"{foreign_text(one.what, 200)}: {foreign_text(one.why)}"


def _digest(digest: str | None) -> str:
    return f"sha256:{short_digest(digest)}" if digest else "no modules"


def _printable(text: str) -> str:
    """Escape what could redraw a terminal: live names and values are not ours."""
    return "".join(
        one if one.isprintable() or one == "\n" else one.encode("unicode_escape").decode()
        for one in text
    )
