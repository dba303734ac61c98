"""What looks like a secret on its way out."""

import json

from edgefleet.rules.leaks import leaks, masked

TOKEN = f"ghp_{'a1B2' * 9}"


def test_a_leak_has_its_line_and_its_kind_and_prints_redacted() -> None:
    (leak,) = leaks(f"one\ntwo {TOKEN}\n")
    assert (leak.line, leak.what) == (2, "a GitHub token")
    assert TOKEN not in repr(leak)


def test_json_within_json_hides_nothing() -> None:
    value = "q8Zr2Lw9" * 4
    assert leaks(json.dumps({"log": json.dumps({"api_key": value})}))


def test_masked_takes_every_copy_of_it() -> None:
    text = f"{TOKEN} and {TOKEN}"
    assert masked(text) == "[redacted] and [redacted]"
    assert masked("plain words, and 5f1c digests") == "plain words, and 5f1c digests"
