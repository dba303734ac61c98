"""Whatever a client sends as manifest, file or setting, the API answers in its own words."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support import assets
from support.control_plane import PLAIN, Answer, ControlPlane, control_plane, form

FILES = [b"", b"a", b"b"]
HASHES = st.sampled_from([assets.digest(it) for it in FILES])
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(["", "/a", "\ud800"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=3,
)
ENTRY = st.fixed_dictionaries({"hash": HASHES, "size": st.integers(0, 1)})
PATH = st.text(max_size=4).map("/".__add__)
MANIFEST = st.dictionaries(PATH, ENTRY, max_size=4) | st.dictionaries(PATH, ENTRY | ANY) | ANY
CONTENT = st.sampled_from(FILES).map(base64.b64encode) | st.binary(max_size=4)
PART = st.tuples(st.sampled_from(["x", None]), CONTENT, st.sampled_from(["text/css", "", "a\tb"]))
PARTS = st.dictionaries(HASHES | st.text("abc", min_size=1), PART, max_size=3)
RULES = st.text("/*:!x 2\n#.", max_size=12)
CONFIG = ANY | st.fixed_dictionaries(
    {},
    optional={
        "html_handling": st.sampled_from(["none", "drop-trailing-slash"]) | ANY,
        "not_found_handling": st.sampled_from(["none", "404-page"]) | ANY,
        "run_worker_first": st.booleans() | st.lists(st.sampled_from(["/*", "!/a", "/a"])) | ANY,
        "serve_directly": ANY,
        "_headers": RULES | ANY,
        "_redirects": RULES | ANY,
    },
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("state")) as served:
        served.put()
        yield served


def check(answer: Answer) -> Answer:
    assert answer.status < 500, answer.response.text
    assert answer.response.json()["success"] == (answer.status < 400)
    return answer


@settings(deadline=None)
@given(MANIFEST, PARTS)
def test_any_manifest_and_any_file(
    shared: ControlPlane, manifest: Any, parts: dict[str, Any]
) -> None:
    content = json.dumps({"manifest": manifest})
    started = check(shared.script("POST", "one", "/assets-upload-session", content=content))
    if started.status == 200 and started.result["buckets"]:
        sent = check(assets.send(shared, started.result["jwt"], parts or {"x": ("x", b"")}))
        assert bool(sent.status == 201) == bool(sent.status < 300 and sent.result["jwt"])


@settings(deadline=None)
@given(CONFIG, ANY, st.booleans() | ANY)
def test_any_setting_of_an_upload(shared: ControlPlane, config: Any, jwt: Any, keep: Any) -> None:
    completion = assets.upload(shared, {"/index.html": b"home"})
    described = {"assets": {"jwt": jwt or completion, "config": config}, "keep_assets": keep}
    for method, below in (("PUT", ""), ("POST", "/versions")):
        check(shared.script(method, "one", below, files=form(PLAIN, **described)))
    version = shared.latest()
    shared.script("GET", "one", f"/versions/{version}").result  # noqa: B018 - it must be readable
