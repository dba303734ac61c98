"""Which permissions are tried before the first write: those that it does not need itself."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from edgefleet.cloudflare.d1.migrations import D1Migration, D1Migrations
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import LiveState, ScriptSettings
from edgefleet.cloudflare.permissions import Permission
from edgefleet.config.account_api import ScriptApi
from edgefleet.config.worker_urls import HealthUrls
from edgefleet.deploy.checks.permissions import check_write_permissions, explain_failed_upload
from edgefleet.deploy.script_change import Release, ScriptChange
from edgefleet.deploy.traffic import Traffic
from edgefleet.errors import CloudflareError, CredentialError
from edgefleet.locks.fence import LocalFence
from edgefleet.records.models import Phase
from support.rollouts import rollout_scene
from support.stub_account import StubAccount, StubScript

LIVE = ScriptSettings(routes=({"pattern": "a.example/*"},), workflows=({"name": "w"},))
OTHER: dict[str, dict[str, Any]] = {
    "nothing": {},
    "crons": {"crons": ("1 * * * *",)},
    "routes": {"routes": ()},
    "consumers": {"consumers": ({"queue": "q"},)},
    "domains": {"domains": ({"hostname": "b.example"},)},
    "a workflow less": {"workflows": ()},
}
PENDING = D1Migrations(
    binding="DB", database_id="d", migrations=(D1Migration(name="0001.sql", sql=""),)
)
ROUTES = Permission("Zone", "Workers Routes", "Edit")
NOBODY = HealthUrls(None, "https://here.example")


def refusal(permission: Permission | None = ROUTES) -> ApiError:
    error = ApiError("DELETE /zones/z: HTTP 403: Authentication error", codes=(10000,), status=403)
    error.lacks(permission)
    return error


class TriedScript(StubScript):
    """A script whose token may not write some parts of its settings."""

    def __init__(self, refused: Iterable[str]) -> None:
        self.refused = set(refused)
        self.tried: list[str] = []

    def try_write(self, part: str, wanted: ScriptSettings, live: ScriptSettings) -> None:
        self.tried.append(part)
        if part in self.refused:
            raise refusal()


class TriedAccount(StubAccount):
    """An account with that script, which does not exist yet."""

    def __init__(self, *refused: str) -> None:
        super().__init__()
        self.tried = TriedScript(refused)

    def script(self, name: str) -> ScriptApi:
        return self.tried


def change_of(
    folder: Path, account: TriedAccount, *names: str, migrations: bool = False
) -> ScriptChange:
    """Return a change in which these settings differ."""
    update = {key: value for name in names for key, value in OTHER[name].items()}
    release = Release(
        message="",
        urls=NOBODY,
        settings=LIVE.model_copy(update=update),
        migrations=(PENDING,) if migrations else (),
    )
    traffic = Traffic(account, "s", rollout_scene(folder).recorder, LocalFence(), None)
    before = LiveState(deployment=None, settings=LIVE)
    return ScriptChange(
        traffic, before, release, lambda _version, _url, *, pinned: None, token="TOKEN in x"
    )


@pytest.mark.parametrize(
    ("names", "migrations", "uploads", "alone"),
    [
        # What differs; whether D1 migrations are pending; what is tried before an upload, and
        # before settings alone.
        (["nothing"], False, [], []),
        (["nothing"], True, ["script"], []),
        (["crons"], False, [], []),
        (["crons"], True, ["script"], ["script"]),
        (["routes"], False, ["routes"], ["routes"]),
        (["routes"], True, ["script", "routes"], ["routes"]),
        (["routes", "consumers"], False, ["consumers", "routes"], ["consumers", "routes"]),
        (["routes", "crons"], False, ["routes"], ["routes"]),
        (["routes", "domains"], False, ["routes"], ["script", "routes"]),
        (["consumers", "a workflow less"], False, ["consumers"], ["script", "consumers"]),
        (["domains"], False, [], ["script"]),
    ],
)
def test_what_the_first_write_does_not_show_is_tried(
    tmp_path: Path, names: list[str], migrations: bool, uploads: list[str], alone: list[str]
) -> None:
    for begins_with_settings, parts in ((False, uploads), (True, alone)):
        account = TriedAccount()
        change = change_of(tmp_path, account, *names, migrations=migrations)
        check_write_permissions(change, begins_with_settings=begins_with_settings)
        assert account.tried.tried == parts
        assert (Phase.CREDENTIALS in change.recorder.record.seconds) is bool(parts)


def test_a_refused_trial_names_group_and_token(tmp_path: Path) -> None:
    change = change_of(tmp_path, TriedAccount("routes"), "routes")
    with pytest.raises(CredentialError) as caught:
        check_write_permissions(change, begins_with_settings=False)
    assert caught.value.exit_code == 5
    assert caught.value.message == (
        "TOKEN in x lacks a permission: it may not write routes, tried with an id that nothing "
        "has: DELETE /zones/z: HTTP 403: Authentication error; nothing was changed"
    )
    assert 'the group "Workers Routes Write"' in caught.value.hint


def test_a_failed_upload_of_wrangler_is_explained(tmp_path: Path) -> None:
    failed = CloudflareError("wrangler versions upload ended with 1")
    explain_failed_upload(change_of(tmp_path, TriedAccount(), "nothing"), failed)
    change = change_of(tmp_path, TriedAccount("script"), "nothing")
    explain_failed_upload(change, ApiError("a syntax error", codes=(10021,), status=400))
    with pytest.raises(CredentialError, match="nothing was changed"):
        explain_failed_upload(change, failed)
    change.migrated.append(("DB", "0001.sql"))
    explain_failed_upload(change, failed)


def test_a_change_that_keeps_the_settings_tries_nothing(tmp_path: Path) -> None:
    account = TriedAccount()
    change = change_of(tmp_path, account)
    change.release = Release(message="", urls=NOBODY, settings=None)
    check_write_permissions(change, begins_with_settings=False)
    assert account.tried.tried == []


@pytest.mark.parametrize(
    ("permission", "code"), [(Permission("Account", "D1", "Edit"), 5), (None, 6)]
)
def test_a_refused_first_write_of_all_is_about_the_token(
    tmp_path: Path, permission: Permission | None, code: int
) -> None:
    scene = rollout_scene(tmp_path)
    scene.migrations = (PENDING,)
    scene.account.d1.failures = {"0001.sql": [refusal(permission)]}
    with pytest.raises((CredentialError, ApiError)) as caught:
        scene.roll_out()
    assert caught.value.exit_code == code
    assert "nothing was changed" in caught.value.message
    assert scene.script.seen == []


def test_a_later_refusal_is_one_of_its_phase(tmp_path: Path) -> None:
    scene = rollout_scene(tmp_path)
    scene.script.refused, scene.script.refusal = ("crons",), refusal()
    with pytest.raises(ApiError, match="is live again, as before") as caught:
        scene.roll_out()
    assert caught.value.exit_code == 6
