"""A bare git remote that counts pushes, and that is slow, refuses, or loses its answers."""

import shutil
import subprocess
from pathlib import Path

COUNTS = """#!/bin/sh
refs=$(grep -c .)
echo "$refs" >> pushes
"""
LOSES = COUNTS + "kill -9 $PPID\n"
"""The refs are moved by now; git's server ends before it says so."""


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder; return what it printed."""
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


class BareRemote:
    """A bare repository below a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "remote.git"
        git(folder, "init", "-q", "--bare", self.path.name)
        self.heal()

    def clone(self, name: str) -> Path:
        """Return a clone of it."""
        git(self.path.parent, "clone", "-q", str(self.path), name)
        return self.path.parent / name

    def pushes(self) -> list[int]:
        """Return how many refs each push moved, and forget them."""
        counted = self.path / "pushes"
        found = [int(line) for line in counted.read_text().split()] if counted.exists() else []
        counted.unlink(missing_ok=True)
        return found

    def heal(self) -> None:
        """Take pushes again, and answer."""
        self._hook("post-receive", COUNTS)
        (self.path / "hooks/pre-receive").unlink(missing_ok=True)

    def lose_answers(self) -> None:
        """Move refs, and end without a word."""
        self._hook("post-receive", LOSES)

    def refuse(self, words: str) -> None:
        """Move no ref, and say why."""
        self._hook("pre-receive", f"#!/bin/sh\ncat > /dev/null\necho '{words}' >&2\nexit 1\n")

    def hang(self, seconds: float) -> None:
        """Move no ref before some time is over."""
        self._hook("pre-receive", f"#!/bin/sh\ncat > /dev/null\nexec sleep {seconds}\n")

    def back_up(self) -> Path:
        """Copy it as it is now."""
        return Path(shutil.copytree(self.path, self.path.with_name("backup.git")))

    def restore(self, backup: Path) -> None:
        """Be again as the backup is."""
        shutil.rmtree(self.path)
        shutil.copytree(backup, self.path)

    def _hook(self, name: str, text: str) -> None:
        path = self.path / "hooks" / name
        path.unlink(missing_ok=True)  # a hook may run: it is replaced and not written over
        path.write_text(text)
        path.chmod(0o755)
