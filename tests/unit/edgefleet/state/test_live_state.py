"""Reading what runs: from Cloudflare's answers to facts, and nothing guessed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import Deployment, LiveState, ScriptSettings, TrafficShare
from edgefleet.cloudflare.worker.bundle import SOURCE_MAP, Module
from edgefleet.core.secret import Secret
from edgefleet.state.live_state import Observer, keep_sent
from edgefleet.state.normalize import UNTOLD
from edgefleet.state.seen.store import SeenVersions
from support.answers import Answer, Scripted, enveloped, scripted

LIVE = LiveState(
    deployment=Deployment(
        id="d",
        created_on="2026-01-01T00:00:00Z",
        versions=(TrafficShare(version_id="v", percentage=100),),
    ),
    settings=ScriptSettings(crons=("1 * * * *",)),
    migration_tag="v1",
    cache={"enabled": True, "cross_version_cache": False},
    newest=3,
)


BINDINGS = [{"type": "ai", "name": "AI"}, {"type": "secret_text", "name": "S"}]


def version(number: int = 3, bindings: Any = BINDINGS, **script: Any) -> Answer:
    """Answer a version whose number is `number`."""
    return enveloped(
        {
            "id": "v",
            "number": number,
            "resources": {
                "bindings": bindings,
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
    *answers: Answer,
    live: LiveState = LIVE,
    seen: SeenVersions | None = None,
    desired: dict[str, Any] | None = None,
    sent: bool = False,
) -> Iterator[tuple[Scripted, Mapping[str, Any]]]:
    """Read the script `s` where Cloudflare answers so."""
    with scripted(*answers) as server:
        api = Cloudflare(server.url, Secret("token"), sleep=lambda _: None)
        yield server, Observer(Account(api, "a"), seen, sent=sent).facts("s", live, desired)


@pytest.fixture
def seen(tmp_path: Path) -> SeenVersions:
    return SeenVersions(tmp_path / "seen", lambda: False, pytest.fail)


def test_what_runs_is_read_from_the_live_version_and_its_content() -> None:
    with observed(version(), form()) as (server, facts):
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
    with observed(version(), form(), live=split) as (server, facts):
        assert server.asked[0].path.endswith("/versions/new")
        assert facts["traffic"] == "10 % to old, 90 % to new"


def test_a_script_without_modules_is_one_fact() -> None:
    content = b"addEventListener('fetch', () => {})"
    worker = Answer(content, headers={"Content-Type": "application/javascript; charset=utf-8"})
    with observed(version(), worker) as (_, facts):
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


def test_place_and_cache_come_from_the_list_of_scripts() -> None:
    place = {"mode": "targeted", "region": "aws:us-east-1"}
    live = LIVE.model_copy(update={"placement": place})
    with observed(version(placement_mode="targeted"), form(), live=live) as (server, facts):
        assert (facts["placement"], facts["cache"]) == (place, {"enabled": True})
        assert len(server.asked) == 2


@pytest.mark.parametrize("asked", ["placement", "cache"])
def test_what_the_files_want_and_the_list_lacks_is_asked(asked: str) -> None:
    live = LIVE.model_copy(update={"cache": None})
    settings = enveloped({"placement": {"mode": "smart"}, "cache_options": {"enabled": True}})
    with observed(version(), form(), settings, live=live, desired={asked: {}}) as (_, facts):
        assert facts["cache"] == {"enabled": True}


def test_a_version_that_was_seen_is_not_asked_for_again(seen: SeenVersions) -> None:
    with observed(version(), form(), seen=seen) as (_, first):
        pass
    with observed(seen=seen) as (server, second):
        assert second == first
        assert server.asked == []


def test_what_can_change_is_never_taken_from_an_earlier_look(seen: SeenVersions) -> None:
    with observed(version(), form(), seen=seen):
        pass
    settings = ScriptSettings(crons=("2 * * * *",))
    now = LIVE.model_copy(update={"settings": settings, "migration_tag": "v2", "cache": None})
    with observed(live=now, seen=seen) as (_, facts):
        assert (facts["crons"], facts["migration_tag"]) == (["2 * * * *"], "v2")
        assert "cache" not in facts


def test_a_hidden_value_is_read_where_the_files_have_another(seen: SeenVersions) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    var = {"type": "plain_text", "name": "TOKEN", "text": secret}
    told = version(bindings=[var])
    with observed(told, form(), seen=seen) as (_, first):
        assert first["vars.TOKEN"] == secret
    with observed(seen=seen, desired={"vars.TOKEN": secret}) as (server, same):
        assert (same, server.asked) == (first, [])
    with observed(told, seen=seen, desired={"vars.TOKEN": "other"}) as (server, other):
        assert other == first
        assert [one.path for one in server.asked] == ["/accounts/a/workers/scripts/s/versions/v"]


def uploaded(seen: SeenVersions, *bindings: dict[str, Any]) -> None:
    """Let this machine upload the version `v` with one module."""
    answer = version(bindings=list(bindings))
    with scripted(answer) as server:
        api = Cloudflare(server.url, Secret("token"), sleep=lambda _: None)
        account = Account(api, "a", on_sent=partial(keep_sent, seen, "a"))
        code = "application/javascript+module"
        modules = (
            Module(name="index.js", content_type=code, content=b"code"),
            Module(name="index.js.map", content_type=SOURCE_MAP, content=b"{}"),
        )
        account.script("s").versions.upload({"main_module": "index.js"}, modules)


def test_a_deploy_need_not_read_what_this_machine_uploaded(seen: SeenVersions) -> None:
    uploaded(seen, *BINDINGS)
    with observed(seen=seen, sent=True) as (server, sent):
        assert server.asked == []
    with observed(version(), form()) as (_, read):
        assert sent == read


def test_a_look_reads_back_what_was_uploaded_once(seen: SeenVersions) -> None:
    uploaded(seen, *BINDINGS)
    with observed(version(), form(b"other"), seen=seen) as (server, first):
        assert first["modules.index.js"] == sha256(b"other").hexdigest()
        assert len(server.asked) == 2
    with observed(seen=seen) as (server, second):
        assert (second, server.asked) == (first, [])


def test_an_upload_whose_answer_lacks_a_secret_is_read_back(seen: SeenVersions) -> None:
    uploaded(seen, BINDINGS[0])
    with observed(version(), form(), seen=seen, sent=True, desired={"secrets.S": "set"}) as (
        server,
        facts,
    ):
        assert facts["secrets.S"] == "set"
        assert len(server.asked) == 2
