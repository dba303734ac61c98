"""What a difference means: how bad it is, how it was made, and whether it is allowed."""

from collections.abc import Sequence
from enum import Enum
from fnmatch import fnmatchcase

from edgefleet.cloudflare.models import DeploymentEvent
from edgefleet.config.shared_keys import DriftException
from edgefleet.drift.models import DriftFinding, DriftSeverity
from edgefleet.records.canary_under_way import canary_in
from edgefleet.records.signature import own_message, unfinished
from edgefleet.state.diff import needs_no_upload
from edgefleet.state.flat_state import BELOW_MIGRATIONS, BELOW_SECRETS
from edgefleet.state.models import Change, ChangeKind

SCRIPT = "script"
"""The path of the one difference of a target whose script is gone."""

COMMIT = "commit"
"""The path of the commit that the live version says it was made from."""

TRAFFIC = "traffic"
"""The path of which versions get which share."""

HIGH = (
    SCRIPT,
    COMMIT,
    "modules.*",
    "main_module",
    "service_worker",
    "bindings.*",
    "assets.*",
    "migration_tag",
    "exports.*",
    f"{BELOW_MIGRATIONS}*",
    TRAFFIC,
)
REACH = (
    "consumers",
    "crons",
    "domains",
    "routes",
    "tail_consumers",
    "workers_dev",
    "workflows",
)
"""Settings that decide when a Worker runs, where it answers, and who reads what it logs."""

SOURCES = {
    "api": "an API call",
    "dash": "a dashboard edit",
    "dash_template": "a dashboard edit",
    "quick_editor": "a dashboard edit",
    "wrangler": "a manual wrangler deploy",
    "terraform": "a Terraform run",
}
"""What Cloudflare calls the source of a version -> what people call it."""


class DeployedBy(Enum):
    """Who made the version that is live."""

    BY_OTHERS = "others"
    BY_EDGEFLEET = "edgefleet"
    DIRTY = "edgefleet, from uncommitted changes"


ORDER = tuple(DriftSeverity)

OPPOSITE = {
    ChangeKind.ADDED: ChangeKind.REMOVED,
    ChangeKind.REMOVED: ChangeKind.ADDED,
    ChangeKind.CHANGED: ChangeKind.CHANGED,
}


def severity(change: Change) -> DriftSeverity:
    """Return how much a difference can hurt: code and bindings most, plain settings least."""
    if any(fnmatchcase(change.path, pattern) for pattern in HIGH):
        return DriftSeverity.HIGH
    if change.path.startswith(BELOW_SECRETS) and change.kind is ChangeKind.ADDED:
        return DriftSeverity.HIGH  # the Worker cannot do without
    plain = needs_no_upload(change) and not change.path.startswith(REACH)
    return DriftSeverity.LOW if plain else DriftSeverity.MEDIUM


def looks_like(change: Change, last: DeploymentEvent | None, made: DeployedBy) -> str:
    """Return how a difference was made, as far as Cloudflare or a record tells; or nothing.

    `made` is who made the version that `last` put in force. Triggers and settings leave no trace of
    who set them, and a script that is gone leaves none.
    """
    if change.path == SCRIPT:
        return "the script was deleted; Cloudflare does not tell by whom"
    if change.path.startswith(BELOW_SECRETS):
        lacking = change.kind is ChangeKind.ADDED
        return "a secret that was deleted or never set" if lacking else "a secret that was set"
    if change.path == COMMIT:
        return "a deploy of a commit that was never merged"
    if change.path.startswith(BELOW_MIGRATIONS):
        return "a migration that was never applied, or is no longer in wrangler's table"
    if needs_no_upload(change):
        return "an edit of triggers or settings; Cloudflare does not tell by whom"
    if last is None:
        return ""
    if change.path == TRAFFIC and canary_in(last):
        return "a canary of edgefleet whose time is over"
    if change.path == TRAFFIC and own_message(last.message):
        return unfinished(last.versions) if len(last.versions) > 1 else ""
    if change.path != TRAFFIC and made is not DeployedBy.BY_OTHERS:
        return "deployed with uncommitted changes" if made is DeployedBy.DIRTY else ""
    return SOURCES.get(last.source or "", "")


def gone(script: str) -> Change:
    """Return the difference of a script that was deployed, and is not there."""
    return Change(path=SCRIPT, kind=ChangeKind.ADDED, after=script)


def unmerged(commit: str, branch: str) -> Change:
    """Return the difference of a version whose commit the default branch does not contain."""
    return Change(
        path=COMMIT, kind=ChangeKind.CHANGED, before=commit, after=f"an ancestor of {branch}"
    )


def drifted(
    changes: Sequence[Change], last: DeploymentEvent | None, made: DeployedBy
) -> tuple[DriftFinding, ...]:
    """Return each difference with what it means, the worst first."""
    found = (
        DriftFinding(
            change=change,
            happened=OPPOSITE[change.kind],
            severity=severity(change),
            looks_like=looks_like(change, last, made),
        )
        for change in changes
    )
    return tuple(sorted(found, key=lambda one: ORDER.index(one.severity)))


def allowed(change: Change, exceptions: Sequence[DriftException]) -> bool:
    """Whether an exception names this difference; expired ones are an error of validation."""
    return any(fnmatchcase(change.path, exception.path) for exception in exceptions)
