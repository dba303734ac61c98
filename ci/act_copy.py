"""Copy the working tree to where `act` can run its workflows: without Docker, without network.

act 0.2.89 refuses files with keys that are newer than it; the copy leaves them out. Third-party
actions are stood in for by tests/fixtures/actions; what they would install is lent from here. The
same command again brings the copy up to date.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from edgefleet.cli.exit_handling import ended
from edgefleet.errors import UsageError

ROOT = Path(__file__).parents[1]
STAND_INS = "tests/fixtures/actions"
USES = re.compile(r"uses: (?P<action>[\w.-]+/[\w.-]+)(?:/[\w./-]+)?@(?P<pin>[0-9a-f]{40})")

UNKNOWN_TO_ACT = re.compile(r"^ +(queue|deployment): .*\n", re.MULTILINE)
"""`concurrency.queue` and `environment.deployment`, both of 2026."""

NO_CACHE = re.compile(r'^( +cache:) "false"', re.MULTILINE)
"""Jobs with a secret install every package anew; here all jobs are lent the installed trees."""

MADE = "# written by ci/act_copy.py"
AUTHOR = "act@example.com"

OPTIONS = """
--platform ubuntu-24.04=-self-hosted
--no-cache-server
--rm
--defaultbranch main
--env-file /dev/null
--secret-file /dev/null
--var-file /dev/null
--input-file /dev/null
"""
"""Jobs run on this machine, and nothing is read from files that happen to lie about."""


def main(argv: Sequence[str] | None = None) -> int:
    """Make the copy, and say how to go on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder", type=Path, help="a folder that does not exist yet, or an earlier copy"
    )
    folder: Path = parser.parse_args(argv).folder.absolute()

    def run() -> None:
        copy(ROOT, folder)
        print(f"cd {folder} && act ...")

    return ended(run)


def copy(root: Path, folder: Path, wanted: Callable[[str], bool] = bool) -> None:
    """Copy what git tracks or would track, in one commit. Raises `UsageError` if it cannot.

    `wanted` tells by its name whether a file is copied; all are by default.
    """
    if folder.exists():
        _remove_copy(folder)
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        source, target = root / name, folder / name
        if source.is_file() and wanted(name):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
            target.chmod(source.stat().st_mode)
    for file in (folder / ".github").rglob("*.yml"):
        known = UNKNOWN_TO_ACT.sub("", file.read_text("utf-8"))
        file.write_text(NO_CACHE.sub(r'\1 "true"', known), "utf-8")
    (folder / ".actrc").write_text("\n".join([MADE, *_options(root, folder)]) + "\n")
    commit(folder)
    _git(folder, "repack", "-a", "-d", "--quiet")  # every job copies .git: few files are quicker


def _remove_copy(folder: Path) -> None:
    """Remove an earlier copy. Raises `UsageError` for what is none, or was changed since."""
    made = folder / ".actrc"
    if not (made.is_file() and made.read_text("utf-8").startswith(MADE)):
        raise UsageError(
            f"{folder} exists, and is no copy by this script",
            hint="name a folder that does not exist",
        )
    authors = set(_git(folder, "log", "--format=%ae").split())
    if _git(folder, "status", "--porcelain") or authors != {AUTHOR}:
        raise UsageError(
            f"{folder} was changed since it was copied",
            hint="keep your changes, and name a folder that does not exist",
        )
    shutil.rmtree(folder)


def commit(folder: Path) -> None:
    """Commit all that is in the folder; act wants a repository, and edgefleet a clean one."""
    _git(folder, "init", "--quiet", "--initial-branch", "main")
    _git(folder, "add", "--all")
    who = ("-c", "user.name=act", "-c", f"user.email={AUTHOR}")
    _git(folder, *who, "commit", "--quiet", "--allow-empty", "--message", "as it is now")


def _options(root: Path, folder: Path) -> Iterator[str]:
    yield from OPTIONS.split("\n")[1:-1]
    state = folder.with_name(folder.name + "-act")
    yield f"--action-cache-path {state / 'actions'}"
    yield f"--env ACT_ARTIFACTS={state / 'artifacts'}"
    yield f"--env ACT_TREES={root}"
    files = sorted((folder / ".github").rglob("*.yml"))
    used = {(m["action"], m["pin"]) for file in files for m in USES.finditer(file.read_text())}
    for action, pin in sorted(used):
        yield f"--local-repository {action}@{pin}={folder / STAND_INS / action}"


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments],  # noqa: S607 - the git on PATH, as everywhere
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or error
        raise UsageError(f"git {arguments[0]} failed in {folder}: {said}") from error
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
