"""Reading what runs: from Cloudflare's answers to facts, and nothing guessed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import pytest

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import Deployment, LiveState, ScriptSettings, TrafficShare
from edgefleet.core.secret import Secret
from edgefleet.state.live_state import Observer
from edgefleet.state.normalize import UNTOLD
from support.answers import Answer, Scripted, enveloped, scripted

LIVE = LiveState(
    deployment=Deployment(
        id="d",
        created_on="2026-01-01T00:00:00Z",
        versions=(TrafficShare(version_id="v", percentage=100),),
    ),
    settings=ScriptSettings(crons=("1 * * * *",)),
    migration_tag="v1",
    newest=3,
)


SETTINGS = enveloped({"cache_options": {"enabled": True, "cross_version_cache": False}})
"""Answers what only a script's settings tell of its newest version."""


def version(number: int = 3, **script: Any) -> Answer:
    """Answer a version whose number is `number`."""
    return enveloped(
        {
            "id": "v",
            "number": number,
            "resources": {
                "bindings": [{"type": "ai", "name": "AI"}, {"type": "secret_text", "name": "S"}],
                "script": {"etag": "e", **script},
                "script_runtime": {"compatibility_date": "2026-01-01", "usage_model": "standard"},
            },
        }
    )


def form(content: bytes = b"code") -> Answer:
    """Answer one module, as a form."""
    body = (
        b'--B\r\nContent-Disposition: form-data; name="index.js"; filename="index.js"\r\n'
        b"Content-Type: application/javascript+module\r\n\r\n" + content + b"\r\n--B--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=B", "cf-entrypoint": "index.js"}
    return Answer(body, headers=headers)


@contextmanager
def observed(
    *answers: Answer, live: LiveState = LIVE
) -> Iterator[tuple[Scripted, Mapping[str, Any]]]:
    """Read the script `s` where Cloudflare answers so."""
    with scripted(*answers) as server:
        api = Cloudflare(server.url, Secret("token"), sleep=lambda _: None)
        yield server, Observer(Account(api, "a")).facts("s", live)


def test_what_runs_is_read_from_the_live_version_and_its_content() -> None:
    with observed(version(), form(), SETTINGS) as (server, facts):
        assert facts == {
            "modules.index.js": sha256(b"code").hexdigest(),
            "main_module": "index.js",
            "bindings.AI": {"type": "ai"},
            "secrets.S": "set",
            "compatibility_date": "2026-01-01",
            "cache": {"enabled": True},
            "migration_tag": "v1",
            "crons": ["1 * * * *"],
            "workers_dev": False,
            "previews": False,
            **{path: facts[path] for path in facts if path.startswith("observability.")},
            "logpush": False,
            "traffic": "100 % to one version",
        }
        script = "/accounts/a/workers/scripts/s"
        assert [(one.method, one.path) for one in server.asked] == [
            ("GET", f"{script}/versions/v"),
            ("GET", f"{script}/content/v2?version=v"),
            ("GET", f"{script}/settings"),
        ]


def test_a_script_that_does_not_exist_has_no_facts() -> None:
    with observed(version(), live=LiveState(deployment=None)) as (server, facts):
        assert facts == {}
        assert server.asked == []


def test_of_a_split_the_version_with_the_largest_share_is_read() -> None:
    shares = (
        TrafficShare(version_id="old", percentage=10),
        TrafficShare(version_id="new", percentage=90),
    )
    split = LIVE.model_copy(
        update={"deployment": Deployment(id="d", created_on="now", versions=shares)}
    )
    with observed(version(), form(), SETTINGS, live=split) as (server, facts):
        assert server.asked[0].path.endswith("/versions/new")
        assert facts["traffic"] == "10 % to old, 90 % to new"


def test_a_script_without_modules_is_one_fact() -> None:
    content = b"addEventListener('fetch', () => {})"
    worker = Answer(content, headers={"Content-Type": "application/javascript; charset=utf-8"})
    with observed(version(), worker, SETTINGS) as (_, facts):
        assert facts["service_worker"] == sha256(content).hexdigest()
        assert not [path for path in facts if path.startswith("modules.")]
        assert "main_module" not in facts


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([enveloped({"id": "v"})], "unexpected response from Cloudflare: result.number"),
        ([enveloped([])], "unexpected response from Cloudflare"),
        ([version(), enveloped({})], "no modules in the answer"),
        ([version(), Answer(b"", headers={})], "no modules in the answer"),
        (
            [version(), Answer(b"x", headers={"Content-Type": "multipart/form-data"})],
            "no modules in the answer",
        ),
        (
            [
                version(),
                Answer(
                    form().body, headers={"Content-Type": form().headers["Content-Type"]}
                ),  # no cf-entrypoint
            ],
            "no modules in the answer",
        ),
    ],
)
def test_an_answer_of_another_shape_is_an_error_and_no_state(
    answers: list[Answer], message: str
) -> None:
    with pytest.raises(ApiError, match=message), observed(*answers):
        pass


def test_placement_is_known_of_the_newest_version_alone() -> None:
    place = enveloped({"placement": {"mode": "targeted", "region": "aws:us-east-1"}})
    targeted = {"placement_mode": "targeted"}
    with observed(version(3, **targeted), form(), place) as (_, newest):
        assert newest["placement"] == {"mode": "targeted", "region": "aws:us-east-1"}
    with observed(version(2, **targeted), form(), place) as (server, older):
        assert older["placement"] == {"mode": "targeted"}
        assert older["cache"] == UNTOLD
        assert len(server.asked) == 2
    with observed(version(2, placement_mode="smart"), form()) as (_, smart):
        assert smart["placement"] == {"mode": "smart"}
