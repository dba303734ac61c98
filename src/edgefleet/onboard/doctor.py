"""Check what edgefleet needs: programs, the fleet, tokens, and the way to Cloudflare."""

import platform
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from edgefleet.cloudflare.timing.clock import ServerClock, read_server_time
from edgefleet.config.credentials.command import VARIABLE
from edgefleet.config.credentials.lookup import Credentials, token_names
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.files.tenant_files import find_root, tenant_names
from edgefleet.config.fleet_config import FLEET_FILE
from edgefleet.config.target import Target
from edgefleet.core.git import git_output
from edgefleet.errors import CredentialError, EdgefleetError, UsageError
from edgefleet.onboard.models import Check, CheckState
from edgefleet.toolchain.node import found_node, numbers
from edgefleet.toolchain.places import (
    CHECKOUT,
    installed_wrangler,
    is_checkout,
    locked_wrangler,
    npm_tree,
    setup_command,
    wanted_node,
)
from edgefleet.toolchain.runtime import runtime_version

OK, WARNING, FAILED = CheckState
OLDEST_PYTHON = (3, 11)
LARGEST_CLOCK_ERROR = 30.0
"""Seconds. Leases and freezes count by Cloudflare's clock; TLS and records by this machine's."""


def diagnose(
    environ: Mapping[str, str], start: Path, explicit: Path | None, base_url: str, version: str
) -> Iterator[Check]:
    """Yield each check once it is done; nothing raises, and no secret is shown."""
    yield _edgefleet(version)
    yield from _programs(environ, start)
    try:
        root = find_root(start, explicit)
    except UsageError as error:
        yield Check(name="fleet", state=WARNING, found=error.message, hint=error.hint)
    else:
        yield from _fleet(root)
        yield from _tokens(environ, root)
    yield from _cloudflare(base_url)


def _edgefleet(version: str) -> Check:
    where = f"checkout {CHECKOUT}" if is_checkout() else f"installed for {sys.executable}"
    python = platform.python_version()
    found = f"{version} ({where}), Python {python}"
    if sys.version_info[:2] < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        return Check(
            name="edgefleet", state=FAILED, found=found, hint=f"install Python {wanted} or newer"
        )
    return Check(name="edgefleet", state=OK, found=found)


def _programs(environ: Mapping[str, str], start: Path) -> Iterator[Check]:
    yield _node(environ)
    yield _wrangler(environ)
    runtime = runtime_version(npm_tree(environ))
    yield Check(
        name="Workers runtime",
        state=OK if runtime else FAILED,
        found=runtime or "workerd does not start",
        hint="" if runtime else setup_command(),
    )
    git = git_output(start, "--version")
    yield Check(
        name="git",
        state=OK if git else FAILED,
        found=git or "is not installed",
        hint="" if git else "install git",
    )


def _node(environ: Mapping[str, str]) -> Check:
    found = found_node(environ.get("PATH", ""))
    if found is None:
        return Check(name="Node", state=FAILED, found="is not installed", hint=setup_command())
    program, version = found
    old = numbers(version) < numbers(wanted_node())
    return Check(
        name="Node",
        state=FAILED if old else OK,
        found=f"{version} ({program})" + (f"; wrangler wants {wanted_node()}" if old else ""),
        hint=setup_command() if old else "",
    )


def _wrangler(environ: Mapping[str, str]) -> Check:
    tree, wanted = npm_tree(environ), locked_wrangler()
    version = installed_wrangler(tree)
    if version is None:
        found = f"is not installed in {tree}"
        return Check(name="wrangler", state=FAILED, found=found, hint=setup_command())
    if version != wanted:
        found = f"{version} in {tree}; this edgefleet is tested with {wanted}"
        return Check(name="wrangler", state=WARNING, found=found, hint=setup_command())
    return Check(name="wrangler", state=OK, found=f"{version} ({tree})")


def _fleet(root: Path) -> Iterator[Check]:
    if not (root / FLEET_FILE).is_file():
        yield Check(
            name="fleet",
            state=FAILED,
            found=f"{root} has no {FLEET_FILE}",
            hint="edgefleet init",
        )
        return
    names = tenant_names(root)
    environments = ", ".join(map(str, fleet_of(root).deployable))
    found = f"{root}: {len(names)} tenant{'' if len(names) == 1 else 's'}, {environments}"
    yield Check(name="fleet", state=OK, found=found)
    remote = git_output(root, "remote")
    yield Check(
        name="git remote",
        state=OK if remote else WARNING,
        found=remote.replace("\n", ", ")
        if remote
        else f"{root} has no git remote: only this machine knows its locks",
        hint="" if remote else "git remote add origin URL",
    )


def _tokens(environ: Mapping[str, str], root: Path) -> Iterator[Check]:
    credentials = Credentials(environ, root)
    command = environ.get(VARIABLE)
    found, missing = [], []
    for name in tenant_names(root):
        for environment in fleet_of(root).deployable:
            target = Target(tenant=name, environment=environment)
            try:
                credential = credentials.stored(target)
            except CredentialError as error:
                yield Check(name="tokens", state=FAILED, found=error.message, hint=error.hint)
                return
            if credential:
                found.append(credential.source)
            else:
                missing.append(target)
    sources = ", ".join(dict.fromkeys(found))
    if not missing:
        yield Check(name="tokens", state=OK, found=sources or "there is no tenant yet")
    elif command:
        said = f"{len(missing)} by {VARIABLE}, which is not asked here"
        yield Check(name="tokens", state=OK, found="; ".join(filter(None, (sources, said))))
    else:
        first = missing[0]
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        yield Check(
            name="tokens",
            state=WARNING,
            found="; ".join(filter(None, (sources, f"none for {first}{more}"))),
            hint=f"set {token_names(first)[-1]} in the environment or in .env.deploy",
        )


def _cloudflare(base_url: str) -> Iterator[Check]:
    clock = ServerClock()
    try:
        read_server_time(clock, base_url)
        ahead = (datetime.now(UTC) - clock.now()).total_seconds()
    except EdgefleetError as error:
        yield Check(name="Cloudflare", state=FAILED, found=error.message, hint=error.hint)
        return
    yield Check(name="Cloudflare", state=OK, found=f"{base_url} answers")
    wrong = abs(ahead) > LARGEST_CLOCK_ERROR
    found = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} Cloudflare's"
    yield Check(
        name="clock",
        state=WARNING if wrong else OK,
        found=found if abs(ahead) >= 2 else "as Cloudflare's",
        hint="set this machine's clock: timedatectl set-ntp true" if wrong else "",
    )
