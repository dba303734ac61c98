"""Make what a target's account lacks, once, and write the ids into the tenant's file."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from edgefleet.cloudflare.confirmed_write import refused
from edgefleet.cloudflare.creation.client import CreatableResources, NameTaken
from edgefleet.cloudflare.creation.kinds import NewResource
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import SUBDOMAIN_UNAVAILABLE
from edgefleet.cloudflare.named_resources import ResourceKind
from edgefleet.config.account_session import reads_alone
from edgefleet.config.files.tenant_files import TENANTS, WRANGLER_FILE, read_text
from edgefleet.errors import ConfigError
from edgefleet.http.retry import Sleep
from edgefleet.onboard.provision.models import Step, StepState, Wanted
from edgefleet.onboard.provision.plan import TargetPlan, digest
from edgefleet.onboard.provision.store import NotedResource, NotesFolder, ProvisionNotes
from edgefleet.onboard.provision.writing import write_id


@dataclass(frozen=True, slots=True)
class ApplyDependencies:
    """The outside world, while one target is changed."""

    root: Path
    resources: CreatableResources
    notes: NotesFolder
    sleep: Sleep
    check: Callable[[], None]
    """Raises where this run must not write: another one holds the target, or it is to stop."""


def apply_plan(
    plan: TargetPlan, taken: Collection[Step], deps: ApplyDependencies
) -> Iterator[Step]:
    """Make, take and write down what a plan says, one resource after the other; yield each.

    Of what has the right name already, only the steps in `taken` are taken over. What was yielded
    is done, and the next run finds what was begun. Raises `CloudflareError`, `CredentialError` for
    a missing permission, `ConfigError`, and what `deps.check` raises.
    """
    _require_unchanged(plan, deps)
    notes = deps.notes.read(plan.target, plan.account_id)
    after: list[Step] = []
    for step in plan.steps:
        if step.state in (StepState.CREATE, StepState.RESUME) or step in taken:
            deps.check()
            identity = step.id
            if step.state is StepState.CREATE:
                with reads_alone(plan.account_id):
                    identity, notes = _made(plan, step.wanted, notes, deps)
            done = step._replace(id=identity, state=StepState.DONE)
            if identity != step.wanted.id and any(bound.key for bound in step.wanted.bound):
                write_id(deps.root, plan.target, done)
            yield done
            after.append(done)
        else:
            after.append(step)
    if all(step.state in (StepState.DONE, StepState.PRESENT) for step in after):
        bound = [
            step.wanted._replace(id=step.id)
            for step in after
            if step.wanted.kind is not ResourceKind.SUBDOMAIN
        ]
        deps.notes.write(plan.target, notes.model_copy(update={"complete": digest(bound)}))


def _require_unchanged(plan: TargetPlan, deps: ApplyDependencies) -> None:
    file = f"{TENANTS}/{plan.target.tenant}/{WRANGLER_FILE}"
    if read_text(deps.root, file)[0] != plan.tenant.source:
        raise ConfigError(
            f"{file} was changed meanwhile; edgefleet left it as it is",
            hint=f"edgefleet provision {plan.target.as_selector} --apply",
        )


def _made(
    plan: TargetPlan, one: Wanted, notes: ProvisionNotes, deps: ApplyDependencies
) -> tuple[str, ProvisionNotes]:
    """Make a resource, noted before and after; return its id and all notes."""
    noted = NotedResource(kind=one.kind, name=one.name, jurisdiction=one.jurisdiction)
    begun = notes.find(one.kind, one.name, one.jurisdiction) is not None
    notes = deps.notes.note(plan.target, notes, noted)
    new = NewResource(
        one.kind, one.name, one.jurisdiction, one.location, one.dimensions, one.metric
    )
    origin = plan.origins.get(one.name) if one.secret else None
    try:
        identity = deps.resources.create_confirmed(new, origin, begun=begun, sleep=deps.sleep)
    except NameTaken:
        notes = deps.notes.forget(plan.target, notes, noted)
        if one.id == one.name:  # it is what the files bind, also where another run made it
            return one.name, notes
        raise
    except ApiError as error:
        if refused(error) and not begun:
            deps.notes.forget(plan.target, notes, noted)
        if SUBDOMAIN_UNAVAILABLE in error.codes:
            again = f"edgefleet provision {plan.target.as_selector} --apply --subdomain NAME"
            raise error.amended(hint=again) from error
        raise
    noted = noted.model_copy(update={"id": identity})
    return identity, deps.notes.note(plan.target, notes, noted)
