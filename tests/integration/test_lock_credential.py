"""A job's token for locks: git's own processes get it, and nothing else ever does."""

import os
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from edgefleet.config.credentials.command import CredentialCommand
from edgefleet.config.credentials.lock_credential import with_credential
from edgefleet.config.target import STAGING, Target
from edgefleet.core.redaction import known_secrets
from edgefleet.errors import CredentialError
from edgefleet.locks.lease import SharedLocks
from edgefleet.locks.refs import LockRefs, SharedLockUnavailable
from integration.test_lock_refs import DEPLOY, NOW, git, walk_through
from support.git_http import git_over_http

CANARY = "ghs_canary0e6b3c1f52a84d97"
BASIC = b64encode(f"x-access-token:{CANARY}".encode()).decode()
FORMS = (CANARY, BASIC)
SPY = """#!/bin/sh
printf '%s\\n' "$@" >> {log}.arguments
env > {log}.$1.$$
exec {git} "$@"
"""
TELLTALE = "#!/bin/sh\nenv >> {log}\n"


@pytest.fixture
def clones(tmp_path: Path) -> list[Path]:
    """Have two clones of a bare repository."""
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(tmp_path / "remote.git", "config", "http.receivepack", "true")
    for name in ("one", "other"):
        git(tmp_path, "clone", "-q", "remote.git", name)
    return [tmp_path / "one", tmp_path / "other"]


def script(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file


def spied(folder: Path) -> dict[str, str]:
    """Put a git before the real one that notes its arguments and its environment."""
    (folder / "seen").mkdir()
    real = shutil.which("git")
    script(folder / "bin/git", SPY.format(log=folder / "seen/git", git=real))
    return {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "HOME": str(folder)}


def with_canary(file: Path) -> bool:
    return any(form in file.read_text(errors="replace") for form in FORMS)


def test_only_git_has_the_token_and_only_for_the_remote(clones: list[Path], tmp_path: Path) -> None:
    told = tmp_path / "told"
    told.touch()
    telltale = TELLTALE.format(log=told)
    for clone in clones:
        for hook in ("pre-push", "reference-transaction", "post-checkout"):
            script(clone / f".git/hooks/{hook}", telltale)
        helper = script(tmp_path / "helper", telltale)
        git(clone, "config", "credential.helper", str(helper))
    environ = spied(tmp_path) | {"EDGEFLEET_LOCK_TOKEN": CANARY, "GIT_TRACE_CURL": str(told)}
    with git_over_http(tmp_path, demands=f"basic {BASIC}") as url:
        for clone in clones:
            git(clone, "remote", "set-url", "origin", f"{url}/remote.git")
        walk_through(clones, **environ)
    seen = [*(tmp_path / "seen").iterdir()]
    knowing = {file.name.split(".")[1] for file in seen if with_canary(file)}
    assert knowing == {"ls-remote", "push", "fetch"}
    assert not with_canary(tmp_path / "seen/git.arguments")
    left = [file for folder in (*clones, tmp_path / "remote.git") for file in folder.rglob("*")]
    assert [file for file in [*left, told] if file.is_file() and with_canary(file)] == []
    assert [known_secrets(form) for form in FORMS] == ["[redacted]"] * 2


@pytest.mark.parametrize("token", ["", "ghs_another-token-0123456789"])
def test_without_the_right_token_there_is_no_shared_lock(
    clones: list[Path], tmp_path: Path, token: str
) -> None:
    environ = {"PATH": os.environ["PATH"], "EDGEFLEET_LOCK_TOKEN": token}
    with git_over_http(tmp_path, demands=f"basic {BASIC}") as url:
        git(clones[0], "remote", "set-url", "origin", f"{url}/remote.git")
        locks = SharedLocks(LockRefs(clones[0], environ), lambda _: False)
        with pytest.raises(SharedLockUnavailable, match="may not be pushed to"):
            locks.take(["acme-staging"], DEPLOY, NOW)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://github.com/o/n", "https://github.com/"),
        ("https://me:word@GitHub.com:8443/o/n.git", "https://github.com:8443/"),
        ("http://[::1]:80/n", "http://[::1]:80/"),
        ("http://github.com/o/n", None),
        ("git@github.com:o/n", None),
        ("/srv/n.git", None),
        ("ext::sh -c env", None),
        ("https://[/n", None),
        ("", None),
    ],
)
def test_token_goes_to_the_remote_alone_never_in_clear(url: str, server: str | None) -> None:
    environ = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b", "GIT_CONFIG_VALUE_0": "c"}
    found = with_credential(environ, url, {"EDGEFLEET_LOCK_TOKEN": CANARY})
    assert environ.items() <= {**found, "GIT_CONFIG_COUNT": "1"}.items()
    named = {value for value in found.values() if value.endswith(".extraheader")}
    assert named == ({f"http.{server}.extraheader"} if server else set())
    assert (found == environ) is (server is None)


def test_a_token_with_a_line_break_is_refused_and_not_shown() -> None:
    given = {"EDGEFLEET_LOCK_TOKEN": f"{CANARY}\nX-Evil: 1"}
    with pytest.raises(CredentialError) as caught:
        with_credential({}, "https://github.com/o/n", given)
    assert CANARY not in caught.value.message + caught.value.hint


def test_the_program_that_knows_tokens_does_not_get_it(tmp_path: Path) -> None:
    program = script(tmp_path / "vault", '#!/bin/sh\necho "token=${EDGEFLEET_LOCK_TOKEN:-none}"\n')
    environ = {"PATH": os.environ["PATH"], "EDGEFLEET_LOCK_TOKEN": CANARY}
    command = CredentialCommand(str(program), environ, tmp_path)
    target = Target(tenant="acme", environment=STAGING)
    assert command.token(target).reveal() == "none"


def test_git_itself_takes_the_variables_for_settings(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    found = with_credential(
        {"PATH": os.environ["PATH"]}, "https://github.com/o/n", {"EDGEFLEET_LOCK_TOKEN": CANARY}
    )
    command = ["git", "config", "--get-urlmatch", "http.extraheader", "https://github.com/o/n"]
    done = subprocess.run(command, cwd=tmp_path, env=found, capture_output=True, text=True)
    assert done.stdout == f"AUTHORIZATION: basic {BASIC}\n"
