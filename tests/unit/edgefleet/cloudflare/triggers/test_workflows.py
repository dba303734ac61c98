"""Workflows, as a file describes them and as Cloudflare's API has them."""

from typing import Any

from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.triggers.declared_workflows import declared_workflows
from edgefleet.cloudflare.triggers.workflows import Workflows
from edgefleet.core.secret import Secret
from support.answers import Asked, Scripted, enveloped, refused, scripted

ORDERS = {
    "name": "orders",
    "class_name": "Orders",
    "limits": {"steps": 9},
    "schedules": ["17 3 * * SUN"],
}


def item(name: str, script: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "class_name": "Orders", "script_name": script, **more}


def version(number: int, **settings: Any) -> dict[str, Any]:
    return {"created_on": f"2026-01-0{number}T00:00:00Z", **settings}


def client(server: Scripted) -> Workflows:
    return Workflows(Cloudflare(server.url, Secret("token"), sleep=lambda _: None), "a")


def writes(asked: list[Asked]) -> list[str]:
    return [f"{one.method} {one.path}" for one in asked if one.method != "GET"]


def test_those_of_the_script_itself_are_declared_once() -> None:
    own = {"binding": "A", **ORDERS, "schedules": "17 3 * * 1"}
    again = {"binding": "B", **ORDERS, "script_name": "mine"}
    other = {"binding": "C", "name": "o", "class_name": "O", "script_name": "other"}
    assert declared_workflows({"name": "mine", "workflows": [own, again, other]}) == (ORDERS,)


def test_the_newest_registration_tells_the_settings() -> None:
    schedules = [{"cron": "17 3 * * 1", "next_instance": "2026-01-05T03:17:00Z"}]
    whole = item("orders", "mine", schedules=schedules, jurisdiction="eu")
    with scripted(
        enveloped([item("orders", "mine"), item("x", "theirs")]),
        enveloped([version(1, limits={"steps": 1}), version(2, limits={"steps": 9})]),
        enveloped(whole),
    ) as server:
        assert client(server).of("mine") == ({**ORDERS, "jurisdiction": "eu"},)


def test_durations_are_compared_in_milliseconds() -> None:
    retention = {"success_retention": "3 days", "error_retention": 5000}
    declared = {"binding": "A", "name": "w", "class_name": "W", "default_retention": retention}
    (found,) = declared_workflows({"name": "mine", "workflows": [declared]})
    assert found["default_retention"] == {"success_retention": 259_200_000, "error_retention": 5000}


def test_what_differs_is_registered_and_the_rest_deleted() -> None:
    new = {"name": "new", "class_name": "New"}
    with scripted(
        enveloped([item("old", "mine"), item("orders", "mine")]),
        refused(10200, 404),
        enveloped(item("old", "mine")),
        enveloped([version(1, limits={"steps": 9})]),
        enveloped(item("orders", "mine", schedules=[{"cron": "1 * * * *"}])),
        enveloped({}),
    ) as server:
        client(server).replace("mine", [{"name": "orders", "class_name": "Orders"}, new])
    assert writes(server.asked) == [
        "PUT /accounts/a/workflows/orders",
        "PUT /accounts/a/workflows/new",
        "DELETE /accounts/a/workflows/old",
    ]
    assert [one.body for one in server.asked if one.method == "PUT"] == [
        {"script_name": "mine", "class_name": "Orders", "schedules": []},
        {"script_name": "mine", "class_name": "New"},
    ]


def test_the_owner_of_a_name_is_found() -> None:
    with scripted(enveloped([item("x", "theirs"), item("y", "mine")])) as server:
        assert client(server).owners(["x"]) == {"x": "theirs"}
