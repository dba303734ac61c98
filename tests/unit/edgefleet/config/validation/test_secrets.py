"""What looks like a secret, and what does not."""

import hashlib

import pytest

from edgefleet.config.validation.secrets import secret_problem, suspects

RANDOM = "Xq3vR8sLpT2wZ9yB4nM7kD1fG6hJ0cAeUiOqWsE5"


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
        '"password": "correct-horse"',
    ],
)
def test_a_secret_is_suspected(text: str) -> None:
    assert len(suspects(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        f'"apiKeyDigests": ["{hashlib.sha256(b"x").hexdigest()}"]',
        f"API_KEY_SHA256={hashlib.sha256(b'x').hexdigest()}",
        '"account_id": "b7b4cd528c47e591b8e93be634e0623d"',
        '"database_id": "7fa52e6d-90f7-4a09-a795-ebaef09a9f4c"',
        '"requiredSecrets": ["OPENAI_API_KEY_FOR_PRODUCTION"]',
        '"tokenBudget": { "daily": 500000, "monthly": 10000000 }',
        "// tokens: https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/",
        '"MODEL_ID": "@cf/meta/llama-3.3-70b-instruct-fp8-fast"',
        "// the secret is set with 'wrangler secret put NAME'",
        '"author": "somebody-with-a-rather-long-name"',
    ],
)
def test_ids_digests_names_and_words_are_no_secrets(text: str) -> None:
    assert suspects(text) == []


def test_the_suspect_is_placed_and_prints_redacted() -> None:
    (found,) = suspects(f'"token": "{RANDOM}"')
    assert found.offset == 10
    assert RANDOM not in repr(found)
    assert RANDOM not in repr(secret_problem("tenants/a/b", found))


def test_a_file_that_git_ignores_is_a_warning() -> None:
    (found,) = suspects(f"TOKEN={RANDOM}")
    assert secret_problem("tenants/a/.dev.vars", found).severity == "warning"
    assert secret_problem("tenants/a/.env", found).severity == "error"
