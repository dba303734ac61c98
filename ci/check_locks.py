"""Hold the locks to what they lock: NAME.txt to NAME.in, and requirements.in to pyproject.toml.

Nothing is resolved and no registry is asked: what a locked package needs is read from its installed
copy. package-lock.json is held to package.json by `npm ci` itself.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from edgefleet.errors import ExitCode

ROOT = Path(__file__).parents[1]
RUNTIME, DEV, NODE = "requirements", "requirements-dev", "requirements-node"
INSTALLERS = {"editables"}
"""What an editable installation needs besides the build system (hatchling)."""

LOCK = "run 'make lock'"


@dataclass(frozen=True)
class Installed:
    """What an installed package says of itself."""

    version: str
    requires: Sequence[str] = ()


Look = Callable[[str], Installed | None]
"""Name of a package -> its installed copy; None where there is none."""


def installed(name: str) -> Installed | None:
    """Return what is installed in this environment."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return None
    return Installed(found.version, tuple(found.requires or ()))


@dataclass(frozen=True)
class Lock:
    """NAME.txt: an exact version for each package."""

    file: str
    pins: Mapping[str, Requirement]

    def version(self, name: str) -> str:
        """Return the locked version, without `==`."""
        return str(self.pins[name].specifier).removeprefix("==")


def main(argv: Sequence[str] | None = None) -> int:
    """Print what does not fit; return 4 if anything does not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="[default: this repository]")
    found = list(check(parser.parse_args(argv).root))
    print("\n".join(found) or "locks: as their requirements ask")
    return ExitCode.CONFIG if found else ExitCode.OK


def check(root: Path, look: Look = installed) -> Iterator[str]:
    """Yield what does not fit, a line each."""
    yield from _declared(root)
    locks = {}
    for name in (RUNTIME, DEV, NODE):
        text = (root / f"{name}.txt").read_text("utf-8")
        locks[name] = Lock(f"{name}.txt", _pins(text))
        yield from (f"{name}.txt: {line}" for line in _unfit(text))
        yield from _held(locks[name], list(asked(root, name)), look)
    for name in locks[RUNTIME].pins:
        here, there = locks[RUNTIME].pins[name], locks[DEV].pins.get(name)
        if there is None or here.specifier != there.specifier:
            yield f"{RUNTIME}.txt: {here} is {there or 'not'} in {DEV}.txt: {LOCK}"


def asked(root: Path, name: str) -> Iterator[Requirement]:
    """Yield the requirements of NAME.in, with those of the files that it takes in."""
    for line in (root / f"{name}.in").read_text("utf-8").splitlines():
        if line.startswith("-r "):
            yield from asked(root, line.removeprefix("-r ").removesuffix(".in"))
        elif line.strip() and not line.startswith("#"):
            yield Requirement(line)


def _declared(root: Path) -> Iterator[str]:
    """Compare requirements.in with pyproject.toml."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    wanted = {*project["project"]["dependencies"], *project["build-system"]["requires"]}
    here = {str(one) for one in asked(root, RUNTIME)}
    there = {str(Requirement(one)) for one in {*wanted, *INSTALLERS}}
    yield from (f"{RUNTIME}.in: {one} is missing, pyproject.toml has it" for one in there - here)
    yield from (f"{RUNTIME}.in: {one} is not in pyproject.toml" for one in here - there)


def _pins(text: str) -> dict[str, Requirement]:
    lines = (line.removesuffix("\\").strip() for line in text.splitlines() if line[:1].isalnum())
    return {canonicalize_name(one.name): one for one in map(Requirement, lines)}


def _unfit(text: str) -> Iterator[str]:
    """Yield what a lock must not hold: loose versions, no hash, and the name of any registry."""
    for entry in re.split(r"\n(?=\S)", text):
        first = entry.splitlines()[0] if entry else ""
        if first.startswith("-") or "://" in entry:
            yield f"'{first}' names a registry or a file"
        elif first[:1].isalnum() and not re.search(r"^[\w.\[\]-]+==[\w.+!]+(\s|$)", first):
            yield f"'{first}' is no exact version"
        elif first[:1].isalnum() and not re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry):
            yield f"'{first}' has no hash"


def _held(lock: Lock, roots: Sequence[Requirement], look: Look) -> Iterator[str]:
    """Follow the requirements through the lock: each is satisfied, and nothing else is there."""
    reached: set[tuple[str, frozenset[str]]] = set()
    unknown = False
    todo = [(one, f"{lock.file.removesuffix('.txt')}.in") for one in roots]
    while todo:
        wanted, by = todo.pop()
        name = canonicalize_name(wanted.name)
        pin = lock.pins.get(name)
        if pin is None or not wanted.specifier.contains(lock.version(name), prereleases=True):
            yield f"{lock.file}: {by} asks for {wanted}, and {pin or 'nothing'} is locked: {LOCK}"
        elif (name, frozenset(wanted.extras)) not in reached:
            reached.add((name, frozenset(wanted.extras)))
            found = look(name)
            elsewhere = pin.marker is not None and not pin.marker.evaluate()
            unknown |= found is None and not elsewhere
            if found is not None and found.version != lock.version(name):
                yield f"{lock.file}: {pin} is locked, {found.version} installed: run 'make setup'"
            todo += [(one, name) for one in _needs(found, wanted.extras)]
    if not unknown:
        orphans = sorted(lock.pins.keys() - {name for name, _extras in reached})
        yield from (f"{lock.file}: nothing asks for {one}: {LOCK}" for one in orphans)


def _needs(found: Installed | None, extras: set[str]) -> Iterator[Requirement]:
    """Yield what a package needs, on any system that a lock is for."""
    for line in found.requires if found else ():
        try:
            one = Requirement(line)
        except InvalidRequirement:
            continue
        if one.marker is None or any(
            one.marker.evaluate({**system, "extra": extra})
            for extra in ("", *extras)
            for system in SYSTEMS
        ):
            yield one


SYSTEMS: tuple[dict[str, str], ...] = tuple(
    {
        "sys_platform": platform,
        "platform_system": system,
        "os_name": name,
        "python_version": python,
        "python_full_version": f"{python}.0",
    }
    for python in ("3.11", "3.14")
    for platform, system, name in (
        ("linux", "Linux", "posix"),
        ("darwin", "Darwin", "posix"),
        ("win32", "Windows", "nt"),
    )
)

if __name__ == "__main__":
    sys.exit(main())
