"""The one comparison of states: plan, drift and an unchanged deploy all read its result."""

from collections.abc import Mapping, Sequence

from edgefleet.cloudflare.models import ScriptSettings
from edgefleet.core.model import Json
from edgefleet.state.flat_state import (
    BELOW_EXPORTS,
    BELOW_MIGRATIONS,
    BELOW_WORKFLOWS,
    setting_facts,
)
from edgefleet.state.models import Change, ChangeKind, DeployStrategy, FlatState

UNVERSIONED = frozenset(
    "crons workers_dev previews observability logpush tail_consumers routes domains "
    "d1_migrations consumers workflows".split()
)
"""Facts that are set beside the versions, without an upload; or what their paths begin with."""

SCRIPT_SETTINGS = frozenset({"observability", "logpush", "tail_consumers"})
"""Those of them that one request writes, the part `script` of settings."""


def needs_no_upload(change: Change) -> bool:
    """Whether a fact is set without an upload."""
    return change.path.partition(".")[0] in UNVERSIONED


def diff(desired: FlatState, live: FlatState) -> tuple[Change, ...]:
    """Return what is not as it should be, by path."""
    changes = []
    for path in sorted(desired.keys() | live.keys()):
        if path not in live:
            changes.append(Change(path=path, kind=ChangeKind.ADDED, after=desired[path]))
        elif path not in desired:
            changes.append(Change(path=path, kind=ChangeKind.REMOVED, before=live[path]))
        elif not _same(desired[path], live[path]):
            change = Change(
                path=path, kind=ChangeKind.CHANGED, before=live[path], after=desired[path]
            )
            changes.append(change)
    return tuple(changes)


def _same(one: Json, other: Json) -> bool:
    """Whether two JSON values are equal: `1` and `1.0` are, `1` and `true` are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def differing_parts(wanted: ScriptSettings, live: ScriptSettings) -> frozenset[str]:
    """Return the parts of settings to write; what Cloudflare fills in by itself does not differ."""
    changes = diff(setting_facts(wanted), setting_facts(live))
    paths = (change.path.partition(".")[0] for change in changes)
    return frozenset("script" if path in SCRIPT_SETTINGS else path for path in paths)


def choose_strategy(
    changes: tuple[Change, ...], *, exists: bool, migrates: bool
) -> tuple[DeployStrategy, str]:
    """Return how a deploy goes about these changes, and why, in words."""
    if not exists:
        return DeployStrategy.FIRST, "no release is there yet: the first upload is live at once"
    if migrates:
        return (
            DeployStrategy.MIGRATION,
            "Durable Object migrations are pending, which Cloudflare takes in a full upload only",
        )
    if changed_exports(changes):
        return (
            DeployStrategy.MIGRATION,
            "the declared exports differ, and Cloudflare splits no traffic between two of them",
        )
    if not changes:
        return DeployStrategy.UNCHANGED, "everything is as it should be"
    if all(map(needs_no_upload, changes)):
        return DeployStrategy.SETTINGS, f"{_unversioned(changes)} differ: no version is uploaded"
    return (
        DeployStrategy.VERSION,
        "a version is uploaded, checked at 0 % of the traffic, then gets all of it",
    )


def changed_exports(changes: Sequence[Change]) -> tuple[str, ...]:
    """Return the declared exports that differ."""
    paths = (one.path for one in changes if one.path.startswith(BELOW_EXPORTS))
    return tuple(path.removeprefix(BELOW_EXPORTS) for path in paths)


def _unversioned(changes: tuple[Change, ...]) -> str:
    migrations = [one.path.startswith(BELOW_MIGRATIONS) for one in changes]
    if all(migrations):
        return "only D1 migrations"
    return f"only triggers and settings{' and D1 migrations' if any(migrations) else ''}"


def irreversible_effects(how: DeployStrategy, changes: tuple[Change, ...] = ()) -> tuple[str, ...]:
    """Return what could not be restored after a deploy with this strategy."""
    exports = changed_exports(changes)
    effects = [*_effects(how, exports)]
    if any(one.path.startswith(BELOW_MIGRATIONS) for one in changes):
        effects.append("the D1 migrations: an earlier version finds the new tables")
    if removed_workflows(changes):
        effects.append("the instances of the workflows that are removed")
    return tuple(effects)


def removed_workflows(changes: Sequence[Change]) -> tuple[str, ...]:
    """Return the workflows that changes would delete, with all of their instances."""
    return tuple(
        one.path.removeprefix(BELOW_WORKFLOWS)
        for one in changes
        if one.kind is ChangeKind.REMOVED and one.path.startswith(BELOW_WORKFLOWS)
    )


def _effects(how: DeployStrategy, exports: tuple[str, ...]) -> tuple[str, ...]:
    data = "what the new version writes to KV, D1, Durable Objects and Vectorize"
    if how in (DeployStrategy.UNCHANGED, DeployStrategy.SETTINGS):
        return ()
    if how is DeployStrategy.FIRST:
        return (f"{data}; undoing it removes the script and its Durable Objects",)
    if how is DeployStrategy.MIGRATION and exports:
        return (data, "the declared exports: Cloudflare may refuse versions that declare others")
    if how is DeployStrategy.MIGRATION:
        return (data, "the migrations: Cloudflare refuses every version before them")
    return (data,)
