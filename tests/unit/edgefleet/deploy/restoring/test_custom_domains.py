"""Hosts that a change took from other scripts are theirs again after it failed (R1 d, e)."""

from collections.abc import Collection
from pathlib import Path

import pytest

from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import HeldDomain
from edgefleet.deploy.restoring.custom_domains import restore_custom_domains
from edgefleet.errors import ExitCode, RestoreError
from support.rollouts import Scene, rollout_scene
from support.stub_account import StubAccount

CHAT = HeldDomain(hostname="chat.acme.example", zone_id="z", script="old")
SHOP = HeldDomain(hostname="shop.acme.example", zone_id="z", script="shop")


class Owned(StubAccount):
    """An account whose hosts have owners; each attempt to attach one may fail first."""

    def __init__(self, **owners: str) -> None:
        super().__init__()
        self.owners = {f"{name}.acme.example": script for name, script in owners.items()}
        self.failures: list[ApiError] = []
        self.attached: list[str] = []

    def held(self, hostnames: Collection[str], script: str) -> tuple[HeldDomain, ...]:
        return tuple(
            HeldDomain(hostname=name, zone_id="z", script=owner)
            for name, owner in self.owners.items()
            if name in hostnames and owner != script
        )

    def attach(self, held: HeldDomain) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.attached.append(held.hostname)
        self.owners[held.hostname] = held.script


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return rollout_scene(tmp_path)


def test_what_was_taken_is_given_back_and_what_was_not_is_left(scene: Scene) -> None:
    account = Owned(chat="mine", shop="shop")
    restore_custom_domains(account, "mine", (CHAT, SHOP), scene.recorder)
    assert account.owners == {CHAT.hostname: "old", SHOP.hostname: "shop"}
    assert account.attached == [CHAT.hostname]


def test_host_of_the_removed_script_is_attached_again(scene: Scene) -> None:
    account = Owned()
    restore_custom_domains(account, "mine", (CHAT,), scene.recorder)
    assert account.owners == {CHAT.hostname: "old"}


def test_a_short_trouble_is_waited_out(scene: Scene) -> None:
    account = Owned(chat="mine")
    account.failures = [ApiError("dropped"), ApiError("busy", status=503)]
    restore_custom_domains(account, "mine", (CHAT,), scene.recorder)
    assert account.owners == {CHAT.hostname: "old"}


def test_unreturned_host_is_a_failed_restore_with_its_name(scene: Scene) -> None:
    account = Owned(chat="mine")
    account.failures = [ApiError("no", codes=(10000,), status=403)]
    with pytest.raises(
        RestoreError, match=r"the host chat\.acme\.example is not back at old"
    ) as it:
        restore_custom_domains(account, "mine", (CHAT,), scene.recorder)
    assert it.value.exit_code is ExitCode.RESTORE_FAILED
    assert it.value.hint == (
        "attach chat.acme.example to old in the dashboard, under Settings, Domains & Routes"
    )


def test_r1_unreturned_host_spares_the_others(scene: Scene) -> None:
    account = Owned(chat="mine", shop="mine")
    account.failures = [ApiError("no", codes=(10000,), status=403)]
    with pytest.raises(RestoreError, match=r"chat\.acme\.example is not back at old: no"):
        restore_custom_domains(account, "mine", (CHAT, SHOP), scene.recorder)
    assert account.owners == {CHAT.hostname: "mine", SHOP.hostname: "shop"}
