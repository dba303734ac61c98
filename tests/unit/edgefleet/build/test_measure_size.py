"""Weighing: what is measured, what is remembered, and that it never fails a build."""

import os
from pathlib import Path

import pytest

from edgefleet.build.bundle_size import GZIP_LIMITS, BundleSize, size_text
from edgefleet.build.bundle_store import BundleStore
from edgefleet.build.measure_size import measure_bundle
from edgefleet.build.wrangler import Wrangler, WranglerError
from edgefleet.cloudflare.worker.bundle import Bundle, Module
from edgefleet.cloudflare.worker.bundle_form import parse_upload

MODULE = Module(name="a/index.js", content_type="application/javascript+module", content=b"x" * 999)
BUNDLE = Bundle(main_module="a/index.js", modules=(MODULE,), builder="a test")
RESOLVED = {"compatibility_date": "2026-01-15", "compatibility_flags": ["nodejs_compat"]}


class Fake(Wrangler):
    """A wrangler that measures `startup`, or says why it cannot."""

    def __init__(self, startup: float | str) -> None:
        super().__init__(Path(), os.environ, str)
        self.startup = startup
        self.forms: list[bytes] = []

    def startup_ms(self, form: bytes) -> float:
        self.forms.append(form)
        if isinstance(self.startup, str):
            raise WranglerError(self.startup)
        return self.startup


@pytest.fixture
def bundles(tmp_path: Path) -> BundleStore:
    bundles = BundleStore(tmp_path)
    bundles.save(BUNDLE)
    return bundles


def test_the_same_bytes_are_started_with_the_targets_flags(bundles: BundleStore) -> None:
    wrangler = Fake(12.34)

    found = measure_bundle(BUNDLE, RESOLVED, wrangler, bundles)

    assert found == BundleSize(size=999, gzip_size=BUNDLE.gzip_size, startup_ms=12.3)
    assert BUNDLE.gzip_size < 100
    assert parse_upload(wrangler.forms[0], "a test") == BUNDLE
    assert b'"compatibility_flags": ["nodejs_compat"]' in wrangler.forms[0]


def test_a_bundle_is_measured_once_unless_it_is_to_be_again(bundles: BundleStore) -> None:
    first = measure_bundle(BUNDLE, RESOLVED, Fake(1.0), bundles)

    assert measure_bundle(BUNDLE, RESOLVED, Fake(2.0), bundles) == first
    assert measure_bundle(BUNDLE, RESOLVED, Fake(2.0), bundles, again=True).startup_ms == 2.0
    assert bundles.load(bundles.home(BUNDLE.digest)).digest == BUNDLE.digest


def test_unmeasured_start_says_why_and_is_retried(bundles: BundleStore) -> None:
    found = measure_bundle(
        BUNDLE, RESOLVED, Fake("wrangler did not end within 30 s\n  | more"), bundles
    )

    assert (found.startup_ms, found.not_measured) == (None, "wrangler did not end within 30 s")
    assert "start       not measured: wrangler did not end within 30 s" in size_text(found)
    assert measure_bundle(BUNDLE, RESOLVED, Fake(1.0), bundles).startup_ms == 1.0


def test_people_read_it_beside_the_limits() -> None:
    text = size_text(BundleSize(size=2_048, gzip_size=4_000_000, startup_ms=0.4))

    assert text.splitlines() == [
        f"  size        2.0 KiB, gzip 3906.2 KiB  ({GZIP_LIMITS})",
        "  start       under 1 ms of CPU time in workerd, on this machine  (limit: 1 s)",
        "  warning     more than 3 MiB after gzip needs a Workers Paid plan in every account",
    ]
