"""Where settings differ, part by part."""

from edgefleet.model.live import Settings
from edgefleet.rules.settings import EVERY_TOKENS, differing

LIVE = Settings(crons=("1 * * * *",), workers_dev=True, script={"logpush": False})


def test_settings_that_are_the_same_differ_in_nothing() -> None:
    assert differing(LIVE, LIVE.model_copy()) == set()


def test_each_part_that_is_another_is_named() -> None:
    other = LIVE.model_copy(update={"crons": (), "routes": ({"pattern": "x.example/*"},)})
    assert differing(LIVE, other) == {"crons", "routes"}


def test_what_every_token_may_write_is_all_but_what_lies_in_zones() -> None:
    assert set(Settings.model_fields) - EVERY_TOKENS == {"routes", "domains"}
