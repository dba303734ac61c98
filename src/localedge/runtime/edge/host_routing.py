"""Resolves a Host header to a script, and to one version of it for preview URLs."""

import re
from dataclasses import dataclass

from localedge.model import ScriptRef, WorkerSource

_PORT = re.compile(r":\d*$")
_VERSION_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Destination:
    """The script that a request is for; `version_id` where the host names one version of it."""

    ref: ScriptRef
    version_id: str = ""


def hostname(host: str) -> str:
    """Return a Host header's name: no port, lower-case."""
    return _PORT.sub("", host).lower()


def resolve_host(
    source: WorkerSource, host: str, target: str, *, internal: bool = False
) -> Destination | None:
    """Return the destination of a request for `host`, or `None` if it has none.

    `<script>.<subdomain>.workers.localhost` is a script,
    `<preview>-<script>.<subdomain>.workers.localhost` a version of it, where the preview is the
    first 8 digits of the version's id or its alias, and
    `<script>.<account id>.service.workers.localhost` a script as another Worker's service binding
    calls it, public or not; only `internal` requests, of such bindings, get there. Routes and
    custom domains lead any other host to a script; `target`, path and query, matters to routes
    alone. The source says whether a script has previews.
    """
    match hostname(host).split("."):
        case [script, account, "service", "workers", "localhost"] if internal:
            return Destination(ScriptRef(account, script))
        case [name, subdomain, "workers", "localhost"]:
            return _public(source, subdomain, name)
        case [*_, "workers", "localhost"]:
            return None
    routed = source.routed(hostname(host), target)
    return Destination(routed) if routed else None


def _public(source: WorkerSource, subdomain: str, name: str) -> Destination | None:
    # A script may itself be named like a preview of another one; its own name comes first.
    if ref := source.find_script(subdomain, name):
        return Destination(ref)
    for dash in (place for place, letter in enumerate(name) if letter == "-"):
        prefix, script = name[:dash], name[dash + 1 :]
        ref = source.find_script(subdomain, script)
        if _VERSION_ID.fullmatch(prefix):
            continue  # a whole id names a version to the API, and no preview
        if ref and (version := source.version(ref, prefix)):
            return Destination(ref, version.id)
    return None
