"""Tokens from a program of the user's; it is really started."""

import shlex
import sys
from pathlib import Path

import pytest

from edgefleet.config.credentials.issued_tokens import IssuedTokens
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.target import STAGING, Target
from edgefleet.errors import CredentialError

TARGET = Target(tenant="acme", environment=STAGING)
SECRET = "canary-of-the-vault-2f6e1d"


def credentials(folder: Path, program: str, **environ: str) -> Credentials:
    """Return credentials whose command is this Python program."""
    (folder / "helper.py").write_text(program)
    line = shlex.join([sys.executable, str(folder / "helper.py")])
    return Credentials({"EDGEFLEET_CREDENTIAL_COMMAND": line, **environ}, folder)


def test_the_program_is_told_the_target_and_tells_its_token(tmp_path: Path) -> None:
    program = "import sys; print('note=x'); print('token=' + '|'.join([sys.argv[1], *sys.stdin]))"
    program = program.replace("*sys.stdin", "*(line.strip() for line in sys.stdin)")
    known = credentials(tmp_path, program)
    found = known.find(TARGET, allow_plain=False)
    told = "get|tenant=acme|environment=staging|target=acme-staging|"
    assert found.token.reveal() == told
    assert found.source == "EDGEFLEET_CREDENTIAL_COMMAND in the environment"
    assert told in {secret.reveal() for secret in known.secrets()}


def test_order_of_environment_token_program_and_plain_token(tmp_path: Path) -> None:
    program = f"print('token={SECRET}')"
    own = credentials(tmp_path, program, CLOUDFLARE_API_TOKEN_ACME="own")
    assert own.find(TARGET, allow_plain=True).token.reveal() == "own"
    plain = credentials(tmp_path, program, CLOUDFLARE_API_TOKEN="plain")
    assert plain.find(TARGET, allow_plain=True).token.reveal() == SECRET


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("print('password=x')", "it printed no line token="),
        ("print('token=')", "it printed no line token="),
        (f"print('token={SECRET}'); print('token=other')", "it printed no line token="),
        (
            f"import sys; print('token={SECRET}'); sys.exit('vault: {SECRET} is sealed')",
            "exit code 1: vault: [redacted] is sealed",
        ),
        (f"print('token=two {SECRET}')", "holds a space"),
    ],
)
def test_what_is_no_token_is_an_error_that_repeats_no_secret(
    tmp_path: Path, program: str, said: str
) -> None:
    with pytest.raises(CredentialError) as caught:
        credentials(tmp_path, program).find(TARGET, allow_plain=False)
    assert said in caught.value.message
    assert "EDGEFLEET_CREDENTIAL_COMMAND" in caught.value.message
    assert SECRET not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("line", ["/nowhere/helper --x", "unbalanced '", "/"])
def test_a_program_that_cannot_be_started_is_one_clear_error(tmp_path: Path, line: str) -> None:
    known = Credentials({"EDGEFLEET_CREDENTIAL_COMMAND": line}, tmp_path)
    with pytest.raises(CredentialError, match="EDGEFLEET_CREDENTIAL_COMMAND"):
        known.find(TARGET, allow_plain=False)


def test_a_job_is_told_to_mask_each_token_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Review 9: tokens of shards were never masked."""
    program = "print('token=canary-of-a-job-51c8')"
    known = credentials(tmp_path, program, GITHUB_ACTIONS="true", RUNNER_TEMP=str(tmp_path))
    for _ in range(2):
        known.find(TARGET, allow_plain=False)
    assert capfd.readouterr() == ("", "::add-mask::canary-of-a-job-51c8\n")
    assert IssuedTokens({"RUNNER_TEMP": str(tmp_path)}).found_in("<canary-of-a-job-51c8>")
