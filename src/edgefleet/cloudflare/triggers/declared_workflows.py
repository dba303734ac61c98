"""Workflows as a wrangler file describes them: those of the script's own classes."""

from collections.abc import Mapping, Sequence

from edgefleet.cloudflare.triggers.crons import same
from edgefleet.core.model import Json

Workflow = Mapping[str, Json]
"""A workflow: `name`, `class_name`, and `limits`, `concurrency` and `schedules` where set."""

OBJECTS = ("limits", "concurrency")


def is_own(declared: Mapping[str, Json], script: Json) -> bool:
    """Whether an entry of `workflows` is about a class of the script itself."""
    return declared.get("script_name") in (None, script)


def declared_workflows(resolved: Mapping[str, Json]) -> tuple[dict[str, Json], ...]:
    """Return the workflows of a resolved configuration's own script, by name.

    A workflow that is bound twice counts once.
    """
    found = {
        str(one["name"]): described(
            one["name"], one["class_name"], one, _listed(one.get("schedules"))
        )
        for one in resolved.get("workflows") or []
        if is_own(one, resolved.get("name"))
    }
    return tuple(found[name] for name in sorted(found))


def described(
    name: Json, class_name: Json, settings: Mapping[str, Json], schedules: Sequence[str]
) -> dict[str, Json]:
    """Return a workflow without the settings that are not set; schedules in one spelling."""
    found: dict[str, Json] = {key: settings[key] for key in OBJECTS if settings.get(key)}
    if schedules:
        found["schedules"] = sorted({same(cron) for cron in schedules})
    return {"name": name, "class_name": class_name, **found}


def _listed(schedules: Json) -> Sequence[str]:
    return [schedules] if isinstance(schedules, str) else schedules or []
