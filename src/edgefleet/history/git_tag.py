"""Name the commit of a target's last successful deploy in git."""

from edgefleet.config.target import Target
from edgefleet.core.git import Tags
from edgefleet.errors import UsageError
from edgefleet.history.models import Tag
from edgefleet.records.models import Action, Record, Status


def tag(target: Target, records: list[Record], tags: Tags, *, create: bool) -> Tag:
    """Return the tag of the last successful deploy; `records` are the target's, newest first.

    With `create` the tag is made; one that exists and names this commit is as good.
    Raises `UsageError` where the deploy cannot be named by a commit of this repository.
    """
    record = _last_deploy(target, records)
    name, commit = tag_name(record), _commit(record, tags)
    there = tags.commit(f"refs/tags/{name}")
    if there not in (None, commit):
        raise UsageError(
            f"the tag {name} exists, and names commit {there}, not {commit}",
            hint=f"git show {name}",
        )
    created = create and there is None
    if created:
        tags.create(name, commit, _message(record))
    return Tag(
        name=name,
        commit=commit,
        version_id=record.version_id,
        exists=create or there is not None,
        created=created,
    )


def tag_name(record: Record) -> str:
    """Return `deploy/<tenant>/<environment>/<UTC timestamp>`, the time being the record's."""
    return f"deploy/{record.tenant}/{record.environment}/{record.started:%Y%m%dT%H%M%SZ}"


def _last_deploy(target: Target, records: list[Record]) -> Record:
    for record in records:
        if record.action is Action.DEPLOY and record.status is Status.SUCCEEDED:
            return record
    raise UsageError(
        f"no record in deployments/ tells of a successful deploy of {target}",
        hint="deploy it, or put the record that CI kept of its run into deployments/",
    )


def _commit(record: Record, tags: Tags) -> str:
    when = f"the deploy of {record.target} at {record.started:%Y-%m-%d %H:%M:%S} UTC"
    if record.git_commit is None:
        raise UsageError(
            f"{when} was not made from a git repository",
            hint="deploy from a clone; then there is a commit to tag",
        )
    if record.dirty is not False:
        raise UsageError(
            f"{when} held uncommitted changes: no commit is what was deployed",
            hint="commit them, deploy again, and tag that",
        )
    if tags.commit(record.git_commit) != record.git_commit:
        raise UsageError(
            f"{when} was made from commit {record.git_commit}, which is not in this repository",
            hint=tags.fetch_command(),
        )
    return record.git_commit


def _message(record: Record) -> str:
    facts = {
        "version": record.version_id,
        "bundle": record.bundle_digest and f"sha256:{record.bundle_digest}",
        "url": record.url,
        "actor": record.actor,
        "run": record.run_url,
    }
    lines = [f"{key}: {value}" for key, value in facts.items() if value]
    return "\n".join([f"Deploy of {record.tenant} to {record.environment}", "", *lines])
