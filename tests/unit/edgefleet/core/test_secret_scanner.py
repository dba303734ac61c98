"""Find and mask secrets in text."""

import hashlib
import json

import pytest

from edgefleet.core.secret_scanner import find_secrets, leaks, masked, names_secret

RANDOM = "Xq3vR8sLpT2wZ9yB4nM7kD1fG6hJ0cAeUiOqWsE5"
TOKEN = f"ghp_{'a1B2' * 9}"


@pytest.mark.parametrize(
    "text",
    [
        f'"CLOUDFLARE_API_TOKEN": "{RANDOM}"',
        f"CLOUDFLARE_API_TOKEN={RANDOM}",
        f'"X": "{RANDOM}"',
        f'"authorization": "Bearer {RANDOM[:24]}"',
        f'"apiKey": "{"0123456789abcdef" * 3}"',
        f'"HMAC_SECRET": "{hashlib.sha256(b"x").hexdigest()}"',
        f'"tokens": ["{RANDOM[:30]}"]',
        f"cfut_{RANDOM}1a2b3c4d",
        f"ghp_{RANDOM[:36]}",
        f"github_pat_{RANDOM}",
        f"sk-ant-{RANDOM}",
        f"sk_live_{RANDOM}",
        "xoxb-1234567890-abcdefghij",
        "AKIAIOSFODNN7EXAMPLE",
        f"AIza{RANDOM[:35]}",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "postgres://app:hunter2@db.example/x",
        "postgres://app:hunter2@localhost.example/x",
        '"password": "correct-horse"',
    ],
)
def test_finds_secrets(text: str) -> None:
    assert len(find_secrets(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        f'"apiKeyDigests": ["{hashlib.sha256(b"x").hexdigest()}"]',
        f"API_KEY_SHA256={hashlib.sha256(b'x').hexdigest()}",
        '"account_id": "b7b4cd528c47e591b8e93be634e0623d"',
        '"database_id": "7fa52e6d-90f7-4a09-a795-ebaef09a9f4c"',
        '"requiredSecrets": ["OPENAI_API_KEY_FOR_PRODUCTION"]',
        '"tokenBudget": { "daily": 500000, "monthly": 10000000 }',
        "postgres://app:hunter2@localhost:5432/x",
        'postgres://app:hunter2@127.0.0.1"',
        "// tokens: https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/",
        '"MODEL_ID": "@cf/meta/llama-3.3-70b-instruct-fp8-fast"',
        "// the secret is set with 'wrangler secret put NAME'",
        '"author": "a-person-with-a-rather-long-name"',
    ],
)
def test_ids_digests_and_words_are_no_secrets(text: str) -> None:
    assert find_secrets(text) == []


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("CLOUDFLARE_API_TOKEN_ACME", True),
        ("EDGEFLEET_SMOKE_KEY", True),
        ("DB_PASSWORD", True),
        ("signing-key", True),
        ("LOG_LEVEL", False),
        ("KEYBOARD", False),
    ],
)
def test_a_name_says_whether_its_value_may_be_secret(name: str, secret: bool) -> None:
    assert names_secret(name) is secret


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


def test_masked_covers_json_within_json() -> None:
    value = "q8Zr2Lw9" * 4
    text = json.dumps({"first": TOKEN, "body": json.dumps({"api_key": value})})
    assert value not in masked(text)
    assert TOKEN not in masked(text)


def test_a_name_tells_that_its_value_is_a_secret() -> None:
    value = "q8Zr2Lw9" * 4
    assert masked(value) == value
    assert masked(value, "vars.UPSTREAM_TOKEN") == "[redacted]"
    assert masked("hunter22", "vars.DB_PASSWORD") == "[redacted]"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vars.DB_PASSWORD", "correct horse battery staple"),
        ("vars.DB_PASSWORD", "hunter2,tail9secret"),
        ("vars.API_TOKEN", "s3cr3tvalue12345"),
        ("vars.API_KEY", "a$b!c%d"),
        ("private_key", "short"),
    ],
)
def test_all_of_a_value_goes_whose_name_says_secret(name: str, value: str) -> None:
    assert masked(value, name) == "[redacted]"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vars.MAX_TOKENS", "1000"),
        ("bindings.KEY.secret_name", "upstream"),
        ("apiKeyDigest", "5f1c" * 16),
        ("vars.TOKEN_BUDGET", "none"),
        ("vars.PASSWORD", ""),
    ],
)
def test_what_only_has_to_do_with_a_secret_stays(name: str, value: str) -> None:
    assert masked(value, name) == value


def test_backslashes_within_a_secret_hide_no_part_of_it() -> None:
    text = r'{"body": "{\"api_key\": \"q8Zr2Lw9\/q8Zr2Lw9q8Zr2Lw9q8Zr2Lw9\"}"}'
    assert "q8Zr2Lw9" not in masked(text)


@pytest.mark.parametrize("line_end", ["\n", "\\n"], ids=["text", "JSON"])
@pytest.mark.parametrize("end", ["-----END RSA PRIVATE KEY-----", "", ": truncated"])
def test_a_private_key_is_masked_with_its_body(line_end: str, end: str) -> None:
    lines = ("a", "-----BEGIN RSA PRIVATE KEY-----", "MIIbody+/=", "MIImore", end, "z")
    shown = masked(line_end.join(lines))
    assert shown.startswith("a")
    assert shown.endswith(("z", "[redacted]"))
    assert "MII" not in shown


@pytest.mark.parametrize("text", ['DB_PASSWORD: "hunter22"', 'x: {\\"password\\": \\"hunter22\\"}'])
def test_what_was_masked_is_no_leak(text: str) -> None:
    assert "[redacted]" in masked(text)
    assert leaks(masked(text)) == []
    assert masked(masked(text)) == masked(text)
