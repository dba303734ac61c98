"""Check the Python files that differ from a branch: ruff, mypy and their unit tests.

What needs minutes is left to `make test`.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

ROOT = Path(__file__).parents[1]
UNIT = PurePath("tests/unit")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the checks until one fails; return the exit code of that one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("since", nargs="?", default="main", help="a branch or a commit")
    since: str = parser.parse_args(argv).since
    files = changed(ROOT, since)
    if not files:
        print(f"check: no Python file differs from {since}")
        return 0
    checks = [
        ["ruff", "format", "--check", *files],
        ["ruff", "check", *files],
        ["mypy", *files],
    ]
    if tests := unit_tests(ROOT, files):
        checks.append([sys.executable, "-m", "pytest", "-p", "no:schemathesis", "-q", *tests])
    for check in checks:
        print("check:", " ".join(check[:3]), flush=True)
        if code := subprocess.run(check, cwd=ROOT, check=False).returncode:
            return code
    return 0


def changed(root: Path, since: str) -> list[str]:
    """Return the Python files that are new or differ from where the branch left `since`.

    Raises `subprocess.CalledProcessError` if git does not know `since`.
    """
    listed = _git(root, "diff", "--name-only", "--diff-filter=d", "--merge-base", since)
    listed += _git(root, "ls-files", "--others", "--exclude-standard")
    return sorted({name for name in listed if name.endswith(".py")})


def unit_tests(root: Path, files: Iterable[str]) -> list[str]:
    """Return the tests of these files: those with the module's name, else its package's."""
    found = set()
    for path in map(PurePath, files):
        if path.is_relative_to(UNIT):
            found.add(path)
        elif path.parts[0] in {"src", "ci"}:
            mirror = UNIT / (path.relative_to("src") if path.parts[0] == "src" else path)
            own = mirror.with_name(f"test_{path.stem}.py")
            found.add(own if (root / own).exists() else mirror.parent)
    present = {path for path in found if (root / path).exists()}
    # pytest runs what is named twice once more.
    return sorted(str(path) for path in present if not present & set(path.parents))


def _git(root: Path, *arguments: str) -> list[str]:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main())
