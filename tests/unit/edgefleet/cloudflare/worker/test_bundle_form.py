"""From a wrangler file to a build, and from wrangler's form to a bundle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgefleet.cloudflare.worker.bundle import SOURCE_MAP, Bundle
from edgefleet.cloudflare.worker.bundle_form import build_config, parse_upload, require_digest
from edgefleet.errors import CloudflareError, ConfigError
from support.bundles import numbered_bundle


def form(*parts: tuple[str, str, bytes], metadata: bytes = b'{"main_module":"index.js"}') -> bytes:
    body = b'--B\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n' + metadata + b"\r\n"
    for name, kind, content in parts:
        head = f'--B\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        body += head.encode() + f"Content-Type: {kind}\r\n\r\n".encode() + content + b"\r\n"
    return body + b"--B--\r\n"


def test_modules_are_read_and_source_maps_are_not() -> None:
    bundle = parse_upload(
        form(
            ("index.js", "application/javascript+module", b"a"),
            ("./deep/x.txt", "text/plain", b"b"),
            ("index.js.map", "application/source-map", b"c"),
        ),
        "wrangler 4",
    )
    assert bundle.main_module == "index.js"
    assert [(module.name, module.content) for module in bundle.modules] == [
        ("index.js", b"a"),
        ("deep/x.txt", b"b"),
    ]


def test_source_maps_are_part_of_a_bundle_that_asks_for_them() -> None:
    def bundle(sources: str) -> Bundle:
        mapped = b'{"version": 3, "sources": ["%s"], "mappings": ""}' % sources.encode()
        parts = (("index.js", "application/javascript+module", b"a"),)
        return parse_upload(form(*parts, ("index.js.map", SOURCE_MAP, mapped)), "w", maps=True)

    found = bundle("../../src/index.ts")
    assert [module.name for module in found.modules] == ["index.js", "index.js.map"]
    assert found.modules[1].content == b'{"version":3,"sources":["src/index.ts"],"mappings":""}'
    assert [module.name for module in found.code] == ["index.js"]
    assert (found.size, found.digest == bundle("../src/index.ts").digest) == (1, True)
    assert found.digest != bundle("../src/other.ts").digest


@given(st.binary(max_size=200))
def test_every_byte_of_a_module_is_kept(content: bytes) -> None:
    content = content.replace(b"--B", b"")
    bundle = parse_upload(form(("a.wasm", "application/wasm", content)), "w")
    assert bundle.modules[0].content == content


@pytest.mark.parametrize("metadata", [b"", b"{}", b"[]", b"not json"])
def test_a_form_without_a_main_module_is_one_clear_error(metadata: bytes) -> None:
    with pytest.raises(CloudflareError, match="no main module"):
        parse_upload(form(("index.js", "text/plain", b"a"), metadata=metadata), "w")


def test_build_input_names_no_tenant() -> None:
    resolved = {
        "name": "acme-staging",
        "account_id": "a",
        "main": "../../src/worker/index.ts",
        "compatibility_date": "2026-01-01",
        "minify": True,
        "vars": {"A": "1"},
    }
    assert build_config(resolved, "tenants/acme", ".edgefleet/build") == {
        "name": "edgefleet-bundle",
        "main": "../../src/worker/index.ts",
        "compatibility_date": "2026-01-01",
        "minify": True,
    }


def test_only_the_bundle_that_was_expected_is_taken() -> None:
    bundle = numbered_bundle(1)
    assert require_digest(bundle, bundle.digest) is bundle
    assert require_digest(bundle, None) is bundle
    with pytest.raises(ConfigError, match=f"sha256:{'0' * 64} was expected"):
        require_digest(bundle, "0" * 64)
