"""Resolves a Host header to a script, and to one version of it for preview URLs."""

import re
from dataclasses import dataclass

from localedge.model import ScriptRef, WorkerSource

_PORT = re.compile(r":\d*$")
_PREVIEW = re.compile(r"([0-9a-f]{8})-(.+)")


@dataclass(frozen=True, slots=True)
class Destination:
    """The script that a request is for; `version_id` where the host names one version of it."""

    ref: ScriptRef
    version_id: str = ""


def resolve_host(source: WorkerSource, host: str, *, internal: bool = False) -> Destination | None:
    """Return the destination of `host`, or `None` if it has none.

    `<script>.<subdomain>.workers.localhost` is a script,
    `<first 8 digits of a version id>-<script>.<subdomain>.workers.localhost` a version of it, and
    `<script>.<account id>.service.workers.localhost` a script as another Worker's service binding
    calls it, public or not; only `internal` requests, of such bindings, get there. The source says
    whether a script has previews.
    """
    match _PORT.sub("", host).lower().split("."):
        case [script, account, "service", "workers", "localhost"] if internal:
            return Destination(ScriptRef(account, script))
        case [name, subdomain, "workers", "localhost"]:
            return _public(source, subdomain, name)
    return None


def _public(source: WorkerSource, subdomain: str, name: str) -> Destination | None:
    # A script may itself be named like a preview of another one; its own name comes first.
    if ref := source.find_script(subdomain, name):
        return Destination(ref)
    preview = _PREVIEW.fullmatch(name)
    if preview and (ref := source.find_script(subdomain, preview[2])):
        version = source.version(ref, preview[1])
        return Destination(ref, version.id) if version else None
    return None
