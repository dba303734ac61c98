"""`edgefleet tenant remove`: delete what was named, GitHub's environments, then the files."""

import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgefleet.cloudflare.confirmed_write import write_and_confirm
from edgefleet.cloudflare.creation.deletion import ResourceDeletion
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import NO_SUCH_SCRIPT
from edgefleet.cloudflare.models import ScriptSettings
from edgefleet.cloudflare.named_resources import ResourceKind
from edgefleet.cloudflare.settings import BESIDE
from edgefleet.config.files.tenant_files import TENANTS
from edgefleet.errors import UsageError
from edgefleet.github.environments import Environments
from edgefleet.onboard.project.project_files import write_files
from edgefleet.onboard.tenants.env_example import without_token_line
from edgefleet.onboard.tenants.removal_models import Holding, HoldingState, TenantRemoval
from edgefleet.onboard.tenants.removal_plan import SCRIPT, TargetAccount

TRIGGERS = ("crons", "routes", "domains", *sorted(BESIDE))
"""The settings that lead to a script; Cloudflare deletes no script that a queue delivers to."""


@dataclass(frozen=True, slots=True)
class RemovalDependencies:
    """The outside world, while a tenant is removed."""

    root: Path
    targets: Sequence[TargetAccount]
    github: Environments | None
    check: Callable[[], None]
    """Raises where this run must not write: another one holds a target, or it is to stop."""


def decided_removal(
    removal: TenantRemoval, delete: Collection[str], keep: Collection[str], again: str
) -> TenantRemoval:
    """Return what becomes of each thing, by the names that were typed.

    Raises `UsageError` for a script that would be kept, and for a thing that is neither deleted
    nor kept; `again` is the command without its names.
    """
    present = removal.present
    if both := [one.typed for one in present if one.is_named(delete) and one.is_named(keep)]:
        raise UsageError(f"{', '.join(both)}: both to delete and to keep")
    if kept := [one.typed for one in present if one.kind == SCRIPT and one.is_named(keep)]:
        raise UsageError(f"{', '.join(kept)}: a script without a tenant would have no owner")
    undecided = [one for one in present if not one.is_named((*delete, *keep))]
    if undecided:
        typed = " ".join(f"--delete {one.typed}" for one in undecided)
        raise UsageError(
            f"nothing was deleted: {len(undecided)} of {len(present)} names are not typed",
            hint=f"{again} --apply {typed} deletes them for good; --keep NAME keeps one",
        )
    holdings = tuple(_decided(one, keep) for one in removal.holdings)
    return removal.model_copy(update={"holdings": holdings})


def unknown_names(removal: TenantRemoval, words: Collection[str]) -> list[str]:
    """Return what was typed and stands for nothing: misspelt, or deleted by an earlier run."""
    return sorted(
        word for word in {*words} if not any(one.is_named([word]) for one in removal.holdings)
    )


def _decided(one: Holding, keep: Collection[str]) -> Holding:
    if one.state is HoldingState.PRESENT and one.is_named(keep):
        return one.model_copy(update={"state": HoldingState.KEPT})
    return one


def carried_out(removal: TenantRemoval, deps: RemovalDependencies) -> Iterator[str]:
    """Delete scripts, data, GitHub's environments and files, in this order; yield each.

    What was yielded is gone. A run that ended early is finished by the same command. Raises
    `ApiError`, `GitHubError`, and what `deps.check` raises.
    """
    for one in removal.present:
        deps.check()
        target = _target_of(one, deps.targets)
        if one.kind == SCRIPT:
            _delete_script(target, one.name)
        else:
            client = ResourceDeletion(target.api, removal.account_id)
            client.delete(ResourceKind(one.kind), one.id, one.jurisdiction)
        yield one.words
    if deps.github is not None:
        for name in removal.github_environments or ():
            deps.check()
            deps.github.delete(name)
            yield f"GitHub's environment {name}"
    deps.check()
    for file in without_token_line(deps.root, removal.tenant):
        write_files(deps.root, [file])
        yield f"the tenant's line of {file.path}"
    shutil.rmtree(deps.root / TENANTS / removal.tenant)
    yield f"{TENANTS}/{removal.tenant}"


def _target_of(one: Holding, targets: Sequence[TargetAccount]) -> TargetAccount:
    return next(each for each in targets if str(each.target.environment) in one.environments)


def _delete_script(target: TargetAccount, name: str) -> None:
    script = target.account.script(name)

    def delete() -> None:
        try:
            live = script.settings.read(maybe=BESIDE)
            parts = [part for part in TRIGGERS if getattr(live, part)]
            script.settings.write(ScriptSettings(), parts)
            script.delete()
        except ApiError as error:
            if not {*error.codes} & {*NO_SUCH_SCRIPT}:
                raise

    write_and_confirm(delete, lambda: not _is_there(target, name), target.api.pauses())


def _is_there(target: TargetAccount, name: str) -> bool:
    return name in target.account.script_names()
