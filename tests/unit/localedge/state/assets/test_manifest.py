import hashlib

import pytest

from localedge.model import Json
from localedge.state.assets.manifest import (
    BUCKET_BYTES,
    BUCKET_FILES,
    LARGEST_FILE,
    MOST_FILES,
    AssetEntry,
    buckets,
    dump,
    encode,
    load,
    parse_manifest,
)
from localedge.wire.asset_errors import InvalidManifest

A, B = "a" * 32, "b" * 32
ALL = {f"{number:032x}" for number in range(BUCKET_FILES + 1)}
FILE: Json = {"hash": A, "size": 1}


def numbered(count: int, size: int = 1) -> dict[str, AssetEntry]:
    return {f"/{number}": AssetEntry(f"{number:032x}", size) for number in range(count)}


@pytest.mark.parametrize(
    ("manifest", "text"),
    [
        pytest.param(None, "must be an object", id="none"),
        pytest.param([], "must be an object", id="a-list"),
        pytest.param({"index.html": FILE}, "must begin with a slash", id="no-slash"),
        pytest.param({"/a": A}, "must be an object", id="a-bare-hash"),
        pytest.param({"/a": {"size": 1}}, "32 hexadecimal digits", id="no-hash"),
        pytest.param({"/a": {"hash": "a" * 26, "size": 1}}, "32 hexadecimal", id="short-hash"),
        pytest.param({"/a": {"hash": "x" * 32, "size": 1}}, "32 hexadecimal", id="no-digits"),
        pytest.param({"/a": {"hash": A}}, "number of bytes", id="no-size"),
        pytest.param({"/a": {"hash": A, "size": True}}, "number of bytes", id="size-true"),
        pytest.param({"/a": {"hash": A, "size": -1}}, "number of bytes", id="negative"),
        pytest.param({"/a": {"hash": A, "size": LARGEST_FILE + 1}}, "a file may", id="too-large"),
        pytest.param(
            {"/a": FILE, "/b": {"hash": A, "size": 2}}, "another size", id="one-hash-two-sizes"
        ),
        pytest.param(
            {f"/{number}": FILE for number in range(MOST_FILES + 1)}, "may have", id="too-many"
        ),
    ],
)
def test_a_manifest_that_cloudflare_does_not_take(manifest: Json, text: str) -> None:
    with pytest.raises(InvalidManifest, match=text) as refused:
        parse_manifest(manifest)
    assert refused.value.code == 10304


def test_a_manifest_is_stored_as_it_came() -> None:
    given = {"/b": {"hash": B, "size": LARGEST_FILE}, "/a": FILE, "/ü b": FILE}
    manifest = parse_manifest(given)
    assert manifest["/b"] == AssetEntry(B, LARGEST_FILE)
    assert load(dump(manifest)) == manifest
    assert dump(manifest) == dump(dict(reversed(list(manifest.items()))))


def test_buckets_hold_each_missing_hash_once() -> None:
    manifest = {"/a": AssetEntry(A, 1), "/again": AssetEntry(A, 1), "/b": AssetEntry(B, 1)}
    assert buckets(manifest, {A, B}) == [[A, B]]
    assert buckets(manifest, {B}) == [[B]]
    assert buckets(manifest, set()) == []


def test_bucket_holds_no_more_than_one_request_may() -> None:
    many = buckets(numbered(BUCKET_FILES + 1), ALL)
    assert [len(bucket) for bucket in many] == [BUCKET_FILES, 1]
    large = buckets(numbered(3, BUCKET_BYTES // 2), ALL)
    assert [len(bucket) for bucket in large] == [2, 1]


def test_the_binary_form_is_sorted_by_the_hash_of_the_path() -> None:
    found = encode({"/a": A, "/b": B, "/c": A})
    body = found[20:]
    entries = [body[at : at + 40] for at in range(0, len(body), 40)]
    assert found[:20] == bytes(20)
    assert entries == sorted(entries)
    digests = {hashlib.sha256(path.encode()).digest()[:16] for path in ("/a", "/b", "/c")}
    assert {entry[:16] for entry in entries} == digests
    key = hashlib.sha256(b"/b").digest()[:16]
    assert [entry[16:32].hex() for entry in entries if entry[:16] == key] == [B]
