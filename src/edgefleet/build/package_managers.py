"""What npm, pnpm, yarn and bun are asked for: an installation of a lock file, then a script."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

PACKAGE_FILES = (
    *"package.json package-lock.json npm-shrinkwrap.json .npmrc".split(),
    *"pnpm-lock.yaml pnpm-workspace.yaml .pnpmfile.cjs".split(),
    *"yarn.lock .yarnrc .yarnrc.yml bun.lock bun.lockb bunfig.toml tsconfig.json".split(),
)
"""Files that decide what is installed, and tsconfig.json, which tools look for upwards."""

PACKAGE_FOLDERS = (".yarn", "patches")
"""Folders beside a lock file whose files are part of what it installs."""

MODERN_YARN = "__metadata:"
"""A key of lock files of yarn 2 and newer; those of yarn 1 have none of that name."""


@dataclass(frozen=True, slots=True)
class PackageManager:
    """How one of them is called."""

    installs: Callable[[str], tuple[str, ...]]
    """Returns the arguments that install exactly what a lock file with this text says."""
    install: str = "install"
    """The argument that makes a lock file."""


def _yarn(lock: str) -> tuple[str, ...]:
    return ("install", "--immutable" if MODERN_YARN in lock else "--frozen-lockfile")


def _frozen(_: str) -> tuple[str, ...]:
    return ("install", "--frozen-lockfile")


MANAGERS: Mapping[str, PackageManager] = {
    "npm": PackageManager(lambda _: ("ci",)),
    "pnpm": PackageManager(_frozen),
    "yarn": PackageManager(_yarn),
    "bun": PackageManager(_frozen),
}
"""https://docs.npmjs.com/cli/commands/npm-ci, https://pnpm.io/cli/install,
https://yarnpkg.com/cli/install, https://bun.com/docs/pm/cli/install"""
