"""Where settings differ, part by part."""

from edgefleet.cloudflare.models import ScriptSettings
from edgefleet.cloudflare.settings import (
    BESIDE,
    EVERY_TOKENS,
    changed_queues,
    changed_routes,
    differing,
)

LIVE = ScriptSettings(crons=("1 * * * *",), workers_dev=True, script={"logpush": False})


def test_settings_that_are_the_same_differ_in_nothing() -> None:
    assert differing(LIVE, LIVE.model_copy()) == set()


def test_each_part_that_is_another_is_named() -> None:
    other = LIVE.model_copy(update={"crons": (), "routes": ({"pattern": "x.example/*"},)})
    assert differing(LIVE, other) == {"crons", "routes"}


def test_a_zone_that_is_named_in_another_way_is_no_difference() -> None:
    """R2: routes that are there are not written again."""
    written = ScriptSettings(
        routes=({"pattern": "API.Shop.example./v1/*", "zone_id": "z"},),
        domains=({"hostname": "b\u00fccher.example", "zone_name": "b\u00fccher.example"},),
    )
    told = ScriptSettings(
        routes=({"pattern": "api.shop.example/v1/*", "zone_name": "shop.example"},),
        domains=({"hostname": "xn--bcher-kva.example", "zone_id": "z"},),
    )
    assert differing(written, told) == set()


def test_zone_settings_alone_need_more_rights() -> None:
    assert set(ScriptSettings.model_fields) - EVERY_TOKENS == {
        "routes",
        "domains",
        *BESIDE,
    }


def test_routes_and_queues_that_come_go_or_change_are_found() -> None:
    before = ScriptSettings(
        routes=({"pattern": "a.example/*"}, {"pattern": "b.example/*"}),
        consumers=({"queue": "gone"}, {"queue": "same"}, {"queue": "jobs", "max_batch_size": 1}),
    )
    after = ScriptSettings(
        routes=({"pattern": "B.example/*", "zone_id": "z"}, {"pattern": "c.example/*"}),
        consumers=({"queue": "new"}, {"queue": "same"}, {"queue": "jobs", "max_batch_size": 2}),
    )
    assert changed_routes(after, before) == [{"pattern": "c.example/*"}, {"pattern": "a.example/*"}]
    assert changed_queues(after, before) == {"gone", "jobs", "new"}
