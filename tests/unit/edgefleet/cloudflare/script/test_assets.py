"""Assets are uploaded as far as Cloudflare lacks them, and again where something went wrong."""

import base64
from pathlib import Path

import pytest

from edgefleet.build.assets.read import read_asset, read_assets
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.script.assets import AssetUploads
from edgefleet.cloudflare.worker.static_assets import AssetSet
from edgefleet.core.secret import Secret
from edgefleet.errors import CloudflareError, ConfigError
from edgefleet.http.multipart import FORM_TYPE, read_form
from support.answers import Answer, Asked, enveloped, refused, scripted

TOKEN, UPLOAD, DONE = "token-of-the-account", "token-of-the-session", "token-of-the-completion"


@pytest.fixture
def assets(tmp_path: Path) -> AssetSet:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "a.html").write_bytes(b"\xff<h1>")
    (tmp_path / "public" / "b").write_bytes(b"")
    return read_assets(tmp_path, "public")


def hashes(assets: AssetSet) -> list[str]:
    return [file.hash for file in assets.files]


def upload(assets: AssetSet, *answers: Answer) -> tuple[str, list[Asked]]:
    with scripted(*answers) as server:
        api = Cloudflare(server.url, Secret(TOKEN), sleep=lambda _: None)
        token = AssetUploads(api, "/scripts/shop", "/account").upload(assets, read_asset)
    return token, server.asked


def test_only_missing_files_are_sent_with_the_sessions_token(assets: AssetSet) -> None:
    first, second = hashes(assets)
    token, asked = upload(
        assets,
        enveloped({"jwt": UPLOAD, "buckets": [[first], [second]]}),
        enveloped({"jwt": None}),
        enveloped({"jwt": DONE}),
    )
    assert token == DONE
    assert [(one.method, one.path) for one in asked] == [
        ("POST", "/scripts/shop/assets-upload-session"),
        ("POST", "/account/workers/assets/upload?base64=true"),
        ("POST", "/account/workers/assets/upload?base64=true"),
    ]
    assert [one.headers["Authorization"] for one in asked] == [
        f"Bearer {TOKEN}",
        f"Bearer {UPLOAD}",
        f"Bearer {UPLOAD}",
    ]
    assert asked[0].body == {
        "manifest": {
            "/a.html": {"hash": first, "size": 5},
            "/b": {"hash": second, "size": 0},
        }
    }
    sent = [read_form(one.body, FORM_TYPE.encode())[0] for one in asked[1:]]
    assert sent[0] == (first, "text/html", base64.b64encode(b"\xff<h1>"))
    assert sent[1] == (second, "application/null", b"")


def test_nothing_is_sent_where_nothing_is_lacking(assets: AssetSet) -> None:
    token, asked = upload(assets, enveloped({"jwt": DONE, "buckets": []}))
    assert (token, len(asked)) == (DONE, 1)


@pytest.mark.parametrize("trouble", [Answer(drop=True), refused(10013, 503), refused(971, 429)])
def test_after_trouble_a_new_session_asks_for_the_rest(assets: AssetSet, trouble: Answer) -> None:
    first, second = hashes(assets)
    token, asked = upload(
        assets,
        enveloped({"jwt": UPLOAD, "buckets": [[first], [second]]}),
        enveloped({}),
        trouble,
        enveloped({"jwt": UPLOAD, "buckets": [[second]]}),
        enveloped({"jwt": DONE}),
    )
    assert token == DONE
    assert [one.path.rpartition("/")[2] for one in asked].count("assets-upload-session") == 2


def test_a_refusal_is_final(assets: AssetSet) -> None:
    with pytest.raises(ApiError, match="10021"):
        upload(assets, refused(10021, 400))


def test_a_file_that_nobody_offered_is_not_looked_for(assets: AssetSet) -> None:
    with pytest.raises(
        CloudflareError, match="asks for a static asset that the manifest does not have"
    ):
        upload(assets, enveloped({"jwt": UPLOAD, "buckets": [["0" * 32]]}))


def test_an_upload_without_an_end_is_an_error(assets: AssetSet) -> None:
    with pytest.raises(CloudflareError, match="of no file that it was the last"):
        upload(assets, enveloped({"jwt": UPLOAD, "buckets": [hashes(assets)]}), enveloped({}))


def test_a_file_that_changes_on_the_way_is_not_sent(assets: AssetSet) -> None:
    assets.files[0].source.write_text("other")
    with pytest.raises(ConfigError, match=r"the asset /a\.html changed since it was hashed"):
        upload(assets, enveloped({"jwt": UPLOAD, "buckets": [hashes(assets)]}))
