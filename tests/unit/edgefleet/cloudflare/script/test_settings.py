"""A script's settings: only the parts that are named are written."""

from typing import Any

import pytest

from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.models import HeldDomain, ScriptSettings
from edgefleet.cloudflare.script.client import WorkerScript
from edgefleet.cloudflare.settings import taking
from edgefleet.core.secret import Secret

SETTINGS = ScriptSettings(
    crons=("1 * * * *",),
    workers_dev=True,
    script={"logpush": True},
    routes=({"pattern": "x.example/*"},),
    domains=({"hostname": "y.example"},),
)


class Written(Cloudflare):
    """An API that takes down what is written."""

    def __init__(self) -> None:
        super().__init__("https://nowhere.invalid", Secret("x"))
        self.writes: dict[str, Any] = {}

    def write(self, method: str, path: str, body: Any = None) -> None:
        self.writes[f"{method} {path.removeprefix('/accounts/a/workers/scripts/s')}"] = body


@pytest.mark.parametrize(
    ("part", "call", "body"),
    [
        ("crons", "PUT /schedules", [{"cron": "1 * * * *"}]),
        ("workers_dev", "POST /subdomain", {"enabled": True, "previews_enabled": False}),
        ("previews", "POST /subdomain", {"enabled": True, "previews_enabled": False}),
        ("script", "PATCH /script-settings", {"logpush": True}),
        ("routes", "PUT /routes", [{"pattern": "x.example/*"}]),
    ],
)
def test_a_part_of_the_settings_is_one_write(part: str, call: str, body: Any) -> None:
    api = Written()
    WorkerScript(api, "a", "s").settings.write(SETTINGS, {part})
    assert api.writes == {call: body}


@pytest.mark.parametrize("purpose", [True, False])
def test_custom_domain_is_taken_over_only_on_purpose(purpose: bool) -> None:
    """R1 c."""
    held = (HeldDomain(hostname="y.example", zone_id="z", script="other"),) if purpose else ()
    api = Written()
    WorkerScript(api, "a", "s").settings.write(taking(SETTINGS, held), {"domains"})
    (body,) = api.writes.values()
    assert body["origins"] == [{"hostname": "y.example"}]
    assert body["override_existing_origin"] is purpose


def test_no_part_is_no_write() -> None:
    api = Written()
    WorkerScript(api, "a", "s").settings.write(SETTINGS, ())
    assert api.writes == {}
