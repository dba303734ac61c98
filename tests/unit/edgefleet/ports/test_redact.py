"""Secrets leave the text of others."""

import json

from hypothesis import given
from hypothesis import strategies as st

from edgefleet.model.secret import REDACTED, Secret
from edgefleet.ports.redact import KnownSecrets, Redactor


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
