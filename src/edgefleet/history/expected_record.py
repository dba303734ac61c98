"""Which record tells what a target is expected to run, and what no record here tells of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from edgefleet.cloudflare.models import DeploymentEvent
from edgefleet.history.rules import explanation
from edgefleet.records.models import Record
from edgefleet.records.signature import own_message, own_tag, read_message, restores


def expected_record(records: Sequence[Record]) -> Record | None:
    """Return the newest record of a deploy or rollback that ended well; newest come first.

    It decides what is expected even where it knows no commit: an older one was left on purpose.
    """
    return next((one for one in records if one.status.good), None)


def deployed_elsewhere(
    deployments: Iterable[DeploymentEvent], tags: Mapping[str, str], records: Sequence[Record]
) -> str | None:
    """Return the version that edgefleet put in force last, where no record here tells of it.

    Another machine deployed it, or returned to it: records here are older than what runs.
    `deployments` come newest first, `tags` are those of versions. What was done by hand is passed
    over, and what a run of this machine did that did not end well: it was not on purpose.
    """
    newest = expected_record(records)
    for deployment in _lasting(deployments):
        version_id = deployment.main_version
        if version_id is None or (newest and newest.version_id == version_id):
            return None
        run = explanation(deployment, records)
        if run is not None and not records[run].status.good:
            continue
        # Without edgefleet's own message (a script upload has Cloudflare's), the tag tells;
        # but not of a version on record, which a person may have returned to by hand.
        tagged = own_tag(tags.get(version_id, "")) and not recorded(version_id, records)
        if tagged or own_message(deployment.message):
            return version_id
    return None


def _lasting(deployments: Iterable[DeploymentEvent]) -> Iterator[DeploymentEvent]:
    """Yield those that gave one version everything, but none that a restore reverted.

    A deploy and a rollback end with such a one; on their way the version before has most.
    """
    back_to = None
    for deployment in deployments:
        if back_to not in (None, deployment.main_version):
            continue
        back_to = deployment.main_version if restores(deployment.message) else None
        if back_to is None and (len(deployment.versions) == 1 or _kept(deployment)):
            yield deployment


def _kept(deployment: DeploymentEvent) -> bool:
    """Whether a canary has ended in it with everything, and the old version stays at 0 %."""
    signed = read_message(deployment.message)
    return bool(signed and signed.canary and signed.canary.kept)


def recorded(version_id: str | None, records: Sequence[Record]) -> bool:
    """Whether a record tells of this version, however its run ended."""
    return version_id is not None and any(one.version_id == version_id for one in records)
