"""Uploads through the API: the form that is sent, and the version that comes of it."""

import pytest

from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.script.client import WorkerScript
from edgefleet.cloudflare.worker.bundle import Module
from edgefleet.core.secret import Secret
from support.answers import Answer, enveloped, refused, scripted
from support.uploads import read_form

TOKEN = "canary-token-of-the-upload"
VERSION = "0f3e2f0a-91a8-4a4d-8a36-6a2b6fd0b6ff"
METADATA = {"main_module": "index.js", "bindings": [{"name": "ü", "type": "ai"}]}
MODULES = (
    Module(
        name="index.js", content_type="application/javascript+module", content=b"export {};\r\n"
    ),
    Module(name="deep/ü.wasm", content_type="application/wasm", content=bytes(range(256))),
    Module(name="empty.txt", content_type="text/plain", content=b""),
)


def script(url: str, name: str = "worker") -> WorkerScript:
    return WorkerScript(Cloudflare(url, Secret(TOKEN), sleep=lambda _: None), "acc/1", name)


def test_version_post_has_metadata_modules_and_the_id() -> None:
    with scripted(enveloped({"id": VERSION, "number": 2})) as server:
        assert script(server.url, "my worker").versions.upload(METADATA, MODULES) == VERSION
    (asked,) = server.asked
    path = "/accounts/acc%2F1/workers/scripts/my%20worker/versions"
    assert (asked.method, asked.path) == ("POST", path)
    form = read_form(asked.body)
    assert form.metadata == METADATA
    assert form.modules == {item.name: (item.content_type, item.content) for item in MODULES}
    assert form.parts == ["metadata", "index.js", "deep/ü.wasm", "empty.txt"]


@pytest.mark.parametrize("answered", [VERSION, VERSION.replace("-", "")])
def test_script_put_returns_its_deployment_id(answered: str) -> None:
    with scripted(enveloped({"id": "worker", "deployment_id": answered})) as server:
        assert script(server.url).upload(METADATA, MODULES) == VERSION
    (asked,) = server.asked
    path = "/accounts/acc%2F1/workers/scripts/worker?excludeScript=true"
    assert (asked.method, asked.path) == ("PUT", path)
    assert read_form(asked.body).metadata == METADATA


def deployments(*percentages: int) -> Answer:
    shares = [{"version_id": VERSION, "percentage": percent} for percent in percentages]
    deployment = {"id": "d", "created_on": "2026-01-01T00:00:00Z", "versions": shares}
    return enveloped({"deployments": [deployment]})


@pytest.mark.parametrize("answered", [{}, {"deployment_id": None}, {"deployment_id": "abc"}])
def test_missing_version_id_is_read_from_live_state(
    answered: dict[str, str | None],
) -> None:
    with scripted(enveloped(answered), deployments(100)) as server:
        assert script(server.url).upload(METADATA, MODULES) == VERSION
    assert server.asked[1].path.endswith("/scripts/worker/deployments")


def test_a_split_after_an_upload_tells_no_version() -> None:
    with (
        scripted(enveloped({}), deployments(50, 50)) as server,
        pytest.raises(ApiError, match="'worker' was uploaded, and Cloudflare does not say"),
    ):
        script(server.url).upload(METADATA, MODULES)


def test_unreadable_live_state_is_no_refused_upload() -> None:
    with (
        scripted(enveloped({}), refused(10000, 403, "no right to read")) as server,
        pytest.raises(ApiError, match=r"'worker' was uploaded, .* no right to read") as caught,
    ):
        script(server.url).upload(METADATA, MODULES)
    assert caught.value.is_transient


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("answer", [refused(10013, 500), Answer(drop=True), refused(971, 429)])
def test_an_upload_is_never_repeated(whole: bool, answer: Answer) -> None:
    with scripted(answer) as server:
        target = script(server.url)
        uploads = target if whole else target.versions
        with pytest.raises(ApiError) as caught:
            uploads.upload(METADATA, MODULES)
    assert len(server.asked) == 1
    assert caught.value.is_transient


def test_a_refusal_carries_cloudflares_code_and_no_token() -> None:
    with (
        scripted(refused(10021, 400, "Uncaught SyntaxError at index.js:1:1")) as server,
        pytest.raises(
            ApiError, match=r"^POST .*/versions: HTTP 400: Uncaught SyntaxError"
        ) as caught,
    ):
        script(server.url).versions.upload(METADATA, MODULES)
    assert (caught.value.codes, caught.value.status) == ((10021,), 400)
    assert TOKEN not in str(caught.value)


def test_an_answer_of_another_shape_names_the_request() -> None:
    with (
        scripted(enveloped({"number": 2})) as server,
        pytest.raises(
            ApiError, match=r"^POST .*/versions: unexpected response from Cloudflare: result\.id"
        ),
    ):
        script(server.url).versions.upload(METADATA, MODULES)
