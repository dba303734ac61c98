"""A plan, as people know it from Terraform: + added, - removed, ~ changed."""

import json
from collections.abc import Iterator, Sequence

from edgefleet.cloudflare.error_codes import VERSION_NOT_DEPLOYABLE
from edgefleet.config.health.proof import proof_words
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.ids import short_digest
from edgefleet.core.model import Json
from edgefleet.history.standing import foreign_words
from edgefleet.records.signature import unfinished
from edgefleet.state.asset_facts import UNKNOWN
from edgefleet.state.flat_state import BELOW_SECRETS
from edgefleet.state.models import Change, ChangeKind, DeployStrategy, Plan, TakenHost

SIGNS = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "-", ChangeKind.CHANGED: "~"}
LONGEST_VALUE = 6000
"""Characters that are shown of a name or a value."""
DIGESTS = ("modules.", "service_worker", "assets.digest")
"""Where the facts are digests of contents."""


def plan_text(plan: Plan) -> str:
    """Return every change on a line, how a deploy would go, and the count."""
    head = f"{plan.target} ({plan.script})"
    lines = [head, *(f"  {change_text(change)}" for change in plan.changes)]
    lines += [
        f"  ! secret {name} is not set; a person must set it" for name in plan.missing_secrets
    ]
    lines += [
        f"  ! the account has no {words}: a deploy ends before it uploads anything"
        for words in plan.missing_resources
    ]
    lines += [
        f"  ! the {one.what} {_named(one.name)} {_taken(one)} {_named(one.script)}"
        for one in plan.takes
    ]
    lines += [
        f"  ! {_named(name)} leads to this Worker now, and will not afterwards"
        for name in plan.loses
    ]
    unknown = (*plan.resource_notes, *plan.unknown_migrations)
    notes = (*asset_notes(plan), *plan.implied, *unknown, *secret_notes(plan))
    lines += [f"  note: {words}" for words in notes]
    if plan.foreign:
        lines.append(f"  note: {foreign_words(plan.foreign)}")
    elif plan.canary:
        lines.append(f"  note: a canary is under way: {plan.canary.words}; a deploy ends it first")
        lines.append(f"  next: {plan.canary.next}")
    elif len(plan.traffic) > 1:
        lines.append(f"  note: traffic is split: {unfinished(plan.traffic)}")
    if plan.course is not DeployStrategy.UNCHANGED:
        lines.append(f"  {plan.course}: {plan.why}")
        if plan.proof:
            lines.append(f"  proof: {proof_words(plan.proof)}")
        lines += [f"  a rollback does not restore: {words}" for words in plan.stays]
    return "\n".join([*lines, f"  {counts(plan)}"])


def changes_text(plan: Plan) -> str:
    """Return what differs, a change a line, below the step that found it."""
    return "\n".join(f"    {change_text(change)}" for change in plan.changes)


def asset_notes(plan: Plan) -> Iterator[str]:
    """Yield in words what becomes of the files of static assets."""
    found = plan.assets
    if found is None or not any(one.path.startswith("assets.") for one in plan.changes):
        return
    if found.changed is None:
        words = "this machine does not know the live ones, and Cloudflare does not tell them"
    else:
        words = f"{found.added} added, {found.changed} changed, {found.removed} removed"
    assets = f"{found.files} static asset{'s' * (found.files != 1)}"
    yield f"{assets} of {found.size:,} bytes: {words}"


def secret_notes(plan: Plan) -> Iterator[str]:
    """Yield in words how secrets differ, but for those that are missing."""
    for change in plan.secrets:
        if change.kind is ChangeKind.REMOVED:
            name = _named(change.path.removeprefix(BELOW_SECRETS))
            yield f"secret {name} is set, and requiredSecrets does not name it"
    where = "it takes the secrets of the newest version, which is not live"
    if plan.gained_secrets:
        names = ", ".join(map(_named, plan.gained_secrets))
        yield f"the next upload would gain {names} against the live version: {where}"
    if plan.lost_secrets:
        names = ", ".join(map(_named, plan.lost_secrets))
        yield f"the next upload would lose {names} against the live version: {where}"
    if plan.gained_secrets or plan.lost_secrets:
        yield (
            "a rollback to what is live would need --allow-changed-secrets then "
            f"(error {VERSION_NOT_DEPLOYABLE})"
        )


def plans_text(found: Sequence[tuple[Plan, str | None]]) -> str:
    """Return the plans of several targets; those whose words are the same stand together.

    Each comes with the hold that is in force, if one is: a deploy leaves such a target alone.
    """
    groups: dict[str, list[str]] = {}
    for plan, held in found:
        head, _, body = plan_text(plan).partition("\n")
        if held:
            body = f"  held: {held}\n{body}"
        groups.setdefault(body, []).append(head)
    return "\n".join(f"{_heading(heads)}\n{body}" for body, heads in groups.items())


def _heading(heads: Sequence[str]) -> str:
    if len(heads) == 1:
        return heads[0]
    names = (head.partition(" ")[0] for head in heads)
    return f"{len(heads)} targets: {', '.join(names)}"


def counts(plan: Plan) -> str:
    """Return the closing line."""
    if not plan.changes and plan.course is DeployStrategy.UNCHANGED:
        return "No changes."
    added, changed, removed = (
        plan.count(kind) for kind in (ChangeKind.ADDED, ChangeKind.CHANGED, ChangeKind.REMOVED)
    )
    return f"Plan: {added} to add, {changed} to change, {removed} to remove."


def change_text(change: Change) -> str:
    """Return one change: its sign, its path, and the values."""
    before, after = (_value(change.path, one) for one in (change.before, change.after))
    values = {
        ChangeKind.ADDED: after,
        ChangeKind.REMOVED: before,
        ChangeKind.CHANGED: f"{before} -> {after}",
    }
    return _printable(f"{SIGNS[change.kind]} {_cut(change.path)}: {values[change.kind]}")


def _taken(one: TakenHost) -> str:
    return "is taken from" if one.what == "host" else "belongs to"


def _named(text: str) -> str:
    return foreign_text(text, 300)


def _value(path: str, value: Json) -> str:
    if path.startswith(DIGESTS) and isinstance(value, str) and value != UNKNOWN:
        return f"sha256:{short_digest(value)}"
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    """Cut a value that would fill the screen; Cloudflare's own have 5 KB at most."""
    if len(text) <= LONGEST_VALUE:
        return text
    return f"{text[:LONGEST_VALUE]}… ({len(text):,} characters)"


def _printable(text: str) -> str:
    """Escape what could redraw a terminal: live names and values are not ours."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )
