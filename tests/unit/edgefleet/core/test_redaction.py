"""Secrets leave the text of others."""

import json
import time
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from edgefleet.core.redaction import KnownSecrets, Redactor
from edgefleet.core.secret import REDACTED, Secret


def test_a_secret_is_replaced_everywhere() -> None:
    assert Redactor([Secret("abc123")])("x abc123 abc123") == f"x {REDACTED} {REDACTED}"


def test_a_percent_encoded_secret_is_replaced() -> None:
    assert Redactor([Secret("a/b+c")])("?token=a%2Fb%2Bc") == f"?token={REDACTED}"


def test_a_secret_within_another_leaves_no_rest() -> None:
    assert Redactor([Secret("abcd"), Secret("abcdefgh")])("abcdefgh") == REDACTED


@given(st.text(), st.text(alphabet="abcdefg0123456789", min_size=8), st.text())
def test_no_text_keeps_a_secret(before: str, secret: str, after: str) -> None:
    assert secret not in Redactor([Secret(secret)])(before + secret + after)


def test_a_secret_is_replaced_as_json_has_it() -> None:
    secret = 'a"b\\c12345'
    assert Redactor([Secret(secret)])(json.dumps({"a": secret})) == f'{{"a": "{REDACTED}"}}'


def test_what_a_process_knows_is_taken_out_of_all_that_it_writes() -> None:
    known = KnownSecrets()
    assert known("first-token-canary") == "first-token-canary"
    assert known.add(Secret("first-token-canary"))
    assert not known.add(Secret("first-token-canary"))
    assert not known.add(Secret("short"))
    assert known("first-token-canary short") == f"{REDACTED} short"
    assert Secret("first-token-canary") in known


def test_a_process_that_knows_thousands_still_writes_quickly() -> None:
    known, tokens = KnownSecrets(), [sha256(b"%d" % number).hexdigest() for number in range(5_000)]
    for token in tokens:
        known.add(Secret(token))
    text = "some words of a record " * 300
    begun = time.process_time()
    for _ in range(20):
        shown = known(f"{text}{tokens[1234]} {tokens[1234][1:]}")
    assert time.process_time() - begun < 1
    assert shown == f"{text}{REDACTED} {tokens[1234][1:]}"


@given(st.text(alphabet='ab%/\\"', min_size=16), st.text("ab%/"), st.text("ab%/"))
def test_no_text_keeps_a_known_secret(secret: str, before: str, after: str) -> None:
    known = KnownSecrets()
    known.add(Secret(secret))
    assert secret not in known(before + secret + after)
    assert json.dumps(secret)[1:-1] not in known(json.dumps(before + secret + after))
