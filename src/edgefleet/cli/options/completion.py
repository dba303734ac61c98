"""What the shell completes after `--tenant` and `--tenants`: names, `all`, `ring:N`, `tag:NAME`.

Switched on by `eval "$(_EDGEFLEET_COMPLETE=bash_source edgefleet)"`; zsh_source and fish_source
likewise (https://click.palletsprojects.com/en/stable/shell-completion/).
"""

from collections.abc import Iterable
from pathlib import Path

import click

from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.files.tenant_files import find_root, load_tenant, tenant_names
from edgefleet.config.fleet_config import NO_FLEET
from edgefleet.config.selectors import ALL, labels
from edgefleet.errors import EdgefleetError


def complete_tenant(context: click.Context, _option: click.Parameter, begun: str) -> list[str]:
    """Return the tenants whose names begin so."""
    return [name for name in _names(context) if name.startswith(begun)]


def complete_selector(context: click.Context, _option: click.Parameter, begun: str) -> list[str]:
    """Return the selectors that begin so; of several with commas, the last one is completed."""
    before, comma, last = begun.rpartition(",")
    words = [ALL, *_names(context)]
    if last.startswith(("r", "t")):
        words += _labels(context)
    return [f"{before}{comma}{word}" for word in words if word.startswith(last)]


def _names(context: click.Context) -> tuple[str, ...]:
    root = _root(context)
    return tenant_names(root) if root else ()


def _labels(context: click.Context) -> Iterable[str]:
    root = _root(context)
    fleet = fleet_of(root) if root else NO_FLEET
    tenants = [load_tenant(root, name, fleet) for name in _names(context) if root]
    configs = [one.files.told_apart for one in tenants]
    known = [found for found in map(labels, configs) if found is not None]
    rings = sorted({one.ring for one in known})
    tags = sorted({tag for one in known for tag in one.tags})
    return [*(f"ring:{ring}" for ring in rings), *(f"tag:{tag}" for tag in tags)]


def _root(context: click.Context) -> Path | None:
    try:
        return find_root(Path.cwd(), context.params.get("root"))
    except (EdgefleetError, OSError):
        return None
