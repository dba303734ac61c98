"""One resource after the other: noted, made, written down, or named where that fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.creation.client import CreatableResources, NameTaken
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.named_resources import ResourceKind as K
from edgefleet.config.credentials.lookup import Credential
from edgefleet.config.target import STAGING, Target
from edgefleet.core.secret import Secret
from edgefleet.errors import ConfigError, CredentialError
from edgefleet.onboard.provision.apply import ApplyDependencies, apply_plan
from edgefleet.onboard.provision.models import BoundAt, Step, StepState, Wanted
from edgefleet.onboard.provision.plan import TargetPlan
from edgefleet.onboard.provision.store import NotesFolder
from support.answers import Answer, Scripted, enveloped, refused, scripted
from support.many import tenant_of

TARGET = Target(tenant="acme", environment=STAGING)
CACHE = Wanted(K.NAMESPACE, "cache", None, (BoundAt(("kv_namespaces",), "NEW", "id"),))
GATEWAY = Wanted(K.GATEWAY, "chat", "chat")
MADE = enveloped({"id": "one", "title": "cache"})


@contextmanager
def account(root: Path, *answers: Answer) -> Iterator[tuple[Scripted, ApplyDependencies]]:
    with scripted(*answers) as server:
        api = Cloudflare(server.url, Secret("token"), sleep=lambda _: None)
        notes = NotesFolder(root / "notes")
        resources = CreatableResources(api, "a")
        yield (
            server,
            ApplyDependencies(root, resources, notes, lambda _: None, lambda: None),
        )


def plan(root: Path, *steps: Step) -> TargetPlan:
    credential = Credential(token=Secret("token"), source="a test")
    return TargetPlan(TARGET, tenant_of(root, "acme"), credential, steps, {})


def create(one: Wanted) -> Step:
    return Step(one, StepState.CREATE)


def test_a_name_is_noted_before_it_is_asked_for(tmp_path: Path) -> None:
    todo = plan(tmp_path, create(CACHE))
    with account(tmp_path, refused(1, 500)) as (_, deps):
        with pytest.raises(ApiError):
            list(apply_plan(todo, (), deps))
        (noted,) = deps.notes.read(TARGET, todo.account_id).made
    assert (noted.name, noted.id) == ("cache", None)


def test_a_refused_name_is_noted_no_longer(tmp_path: Path) -> None:
    todo = plan(tmp_path, create(CACHE))
    with account(tmp_path, refused(10019, 400), enveloped([])) as (_, deps):
        with pytest.raises(ApiError):
            list(apply_plan(todo, (), deps))
        assert deps.notes.read(TARGET, todo.account_id).made == ()


def test_what_another_run_made_meanwhile_is_not_taken(tmp_path: Path) -> None:
    todo = plan(tmp_path, create(CACHE))
    there = enveloped([{"id": "theirs", "title": "cache"}])
    with account(tmp_path, refused(10014, 400), there) as (_, deps):
        with pytest.raises(NameTaken):
            list(apply_plan(todo, (), deps))
        assert deps.notes.read(TARGET, todo.account_id).made == ()
    assert "theirs" not in (todo.tenant.folder / "wrangler.jsonc").read_text()


def test_what_the_files_name_may_be_made_by_another_run(tmp_path: Path) -> None:
    todo = plan(tmp_path, create(GATEWAY))
    with account(tmp_path, refused(7003, 409), enveloped([{"id": "chat"}])) as (_, deps):
        (done,) = apply_plan(todo, (), deps)
        assert deps.notes.read(TARGET, todo.account_id).complete
    assert (done.state, done.id) == (StepState.DONE, "chat")


def test_each_id_is_written_before_the_next_is_made(tmp_path: Path) -> None:
    todo = plan(tmp_path, create(CACHE), create(GATEWAY))
    with account(tmp_path, MADE, refused(1, 403)) as (_, deps):
        steps = apply_plan(todo, (), deps)
        assert next(steps).id == "one"
        assert '"one"' in (todo.tenant.folder / "wrangler.jsonc").read_text()
        with pytest.raises(CredentialError, match="lacks a permission") as lacking:
            next(steps)
        assert not deps.notes.read(TARGET, todo.account_id).complete
    assert "Account, AI Gateway, Edit" in lacking.value.hint


def test_a_file_that_changed_since_the_plan_is_left(tmp_path: Path) -> None:
    todo = plan(tmp_path, create(CACHE))
    file = todo.tenant.folder / "wrangler.jsonc"
    file.write_text(f"{file.read_text()} ")
    with account(tmp_path, MADE) as (server, deps):
        with pytest.raises(ConfigError, match=r"acme/wrangler\.jsonc was changed meanwhile"):
            list(apply_plan(todo, (), deps))
        assert server.asked == []


def test_only_what_was_agreed_to_is_taken(tmp_path: Path) -> None:
    there = Step(CACHE, StepState.TAKE, "theirs")
    todo = plan(tmp_path, there)
    with account(tmp_path) as (server, deps):
        assert list(apply_plan(todo, (), deps)) == []
        (done,) = apply_plan(todo, (there,), deps)
        assert server.asked == []
    assert done.id == "theirs"
    assert '"theirs"' in (todo.tenant.folder / "wrangler.jsonc").read_text()
