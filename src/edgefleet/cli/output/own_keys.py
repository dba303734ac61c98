"""In what tenants differ from the base: `edgefleet render --diff`."""

import json
from collections.abc import Iterable, Iterator

from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.config.overlay.difference import Difference, differences
from edgefleet.config.target import Environment, Target, target_entry
from edgefleet.config.tenant import Tenant
from edgefleet.core.model import Json


def show_own(tenants: Iterable[Tenant], environment: Environment, output_format: str) -> None:
    """Print, for each tenant, every value in which it differs from the Worker's own file."""
    found = {
        Target(tenant=tenant.name, environment=environment): tuple(
            differences(tenant.layers, environment)
        )
        for tenant in tenants
    }
    if output_format == "json":
        entries = (
            target_entry(target, {"own": [one.model_dump(mode="json") for one in own]})
            for target, own in found.items()
        )
        print_json(list(entries))
    else:
        show("\n".join(line for target, own in found.items() for line in _lines(target, own)))


def _lines(target: Target, own: tuple[Difference, ...]) -> Iterator[str]:
    yield f"{target}: {len(own)} differ from the base" if own else f"{target}: as the base"
    for one in own:
        if one.own is None:
            yield f"  - {one.path}: {_shown(one.base)}"
        elif one.base is None:
            yield f"  + {one.path}: {_shown(one.own)}"
        else:
            yield f"  ~ {one.path}: {_shown(one.base)} -> {_shown(one.own)}"


def _shown(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
