"""Workflows as a wrangler file describes them: those of the script's own classes."""

from collections.abc import Mapping, Sequence

from edgefleet.cloudflare.triggers.cron_expressions import same
from edgefleet.core.model import Json

Workflow = Mapping[str, Json]
"""A workflow: `name`, `class_name`, and `schedules` and those of `SETTINGS` that are set."""

SETTINGS = ("limits", "concurrency", "default_retention", "jurisdiction")
SECOND_MS = 1000
UNITS_MS = {
    "second": SECOND_MS,
    "minute": 60 * SECOND_MS,
    "hour": 3600 * SECOND_MS,
    "day": 86_400 * SECOND_MS,
    "week": 7 * 86_400 * SECOND_MS,
    "month": 30 * 86_400 * SECOND_MS,
    "year": 365 * 86_400 * SECOND_MS,
}
"""https://developers.cloudflare.com/workflows/build/workers-api/#workflowsleepduration"""


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
    found: dict[str, Json] = {key: settings[key] for key in SETTINGS if settings.get(key)}
    if isinstance(retention := found.get("default_retention"), Mapping):
        found["default_retention"] = {
            key: milliseconds(value) for key, value in retention.items() if value is not None
        }
    if schedules:
        found["schedules"] = sorted({same(cron) for cron in schedules})
    return {"name": name, "class_name": class_name, **found}


def milliseconds(duration: Json) -> Json:
    """Return a duration such as `3 days` in milliseconds; another value as it is."""
    number, _, unit = duration.partition(" ") if isinstance(duration, str) else ("", "", "")
    size = UNITS_MS.get(unit.removesuffix("s"))
    return int(number) * size if size and number.isdecimal() else duration


def _listed(schedules: Json) -> Sequence[str]:
    return [schedules] if isinstance(schedules, str) else schedules or []
