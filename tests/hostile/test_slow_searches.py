"""review 19: the search for secrets takes time in proportion to its text, whatever is in it."""

import time

import pytest

from edgefleet.core.secret_scanner import leaks, masked

SIZE = 48 * 1024
SECONDS = 20.0
"""What a busy machine takes for that much; a quadratic search took minutes."""

PIECES = {
    "password": "password",
    "password with blanks": "password" + " " * 50,
    "password-": "password-",
    "PassWord_=": "PassWord_ :\n",
    "many passwords": "password=aaaaaa{} ",
    "one long password": "password=",
    "private keys": "-----BEGIN RSA PRIVATE KEY-----\n",
    "private keys of backslashes": "-----BEGIN PRIVATE KEY-----" + "\\" * 200,
    "words of a key": "-----BEGIN " + "A " * 40,
    "JSON Web Tokens": "eyJaaaaaaaaaa-",
    "halves of JSON Web Tokens": "eyJaaaaaaaaaa.eyJaaaaaaaaaa-",
    "URLs": "https://aaa:aaa",
    "names": "token_key-",
    "runs": "a1B2c3D4e5F6g7H8i9J0 ",
    "tokens": "ghp_" + "a1B2" * 9 + " ",
    "words": "Word12-",
    "slack": "xoxb-",
    "AWS": "AKIA",
    "backslashes": "\\",
}


def hostile_text(piece: str) -> str:
    """Return the piece again and again, numbered where it has a place for that."""
    if "{}" in piece:
        return "".join(piece.format(number) for number in range(SIZE // len(piece)))
    return piece + "x" * SIZE if piece.endswith("=") else piece * (SIZE // len(piece))


@pytest.mark.parametrize("name", PIECES)
def test_a_search_for_secrets_is_soon_done(name: str) -> None:
    text = hostile_text(PIECES[name])
    begun = time.process_time()
    leaks(text)
    masked(text)
    masked(text, "vars.NOTE")
    assert time.process_time() - begun < SECONDS


def test_of_a_text_that_is_full_of_secrets_nothing_is_shown() -> None:
    assert masked(hostile_text(PIECES["many passwords"])) == "[redacted]"
    assert masked(hostile_text(PIECES["one long password"])) == "[redacted]"


def test_a_private_key_is_taken_out_to_its_end_and_no_further() -> None:
    begin, end = (f"-----{word} RSA PRIVATE KEY-----" for word in ("BEGIN", "END"))
    key = f"{begin}\nProc-Type: 4,ENCRYPTED\nAB/+=\n{end}"
    assert masked(f"before\n{key}\nafter") == "before\n[redacted]\nafter"
