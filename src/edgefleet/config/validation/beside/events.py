"""Rules for queue consumers and workflows, which Cloudflare makes only after the upload."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from edgefleet.cloudflare.triggers.cron_expressions import wrong
from edgefleet.cloudflare.triggers.declared_workflows import SETTINGS, is_own, milliseconds
from edgefleet.config.reading.rule import KeyPath, Problem, Rule
from edgefleet.config.reading.views import TargetView
from edgefleet.core.foreign.values import at, entries
from edgefleet.core.model import Json

QUEUE_CONSUMER = Rule(
    code="queue-consumer",
    means="A consumer of a queue lacks the queue's name, or has a value that Cloudflare refuses, "
    "and only when the new version has all traffic already "
    "(https://developers.cloudflare.com/queues/configuration/configure-queues/).",
    example='"queues": { "consumers": [{ "queue": "acme-jobs", "max_batch_size": 1000 }] }',
    fix="correct it",
)
WORKFLOW = Rule(
    code="workflow",
    means="A workflow of the script has a value that Cloudflare refuses, and only when the new "
    "version has all traffic already, or its settings stand at a binding to another script's.",
    example='{ "binding": "W", "name": "acme-w", "class_name": "W", "schedules": "daily" }',
    fix="correct it",
)
RULES = (QUEUE_CONSUMER, WORKFLOW)

BOUNDS: Mapping[str, tuple[float, float]] = {
    "max_batch_size": (1, 100),
    "max_batch_timeout": (0, 60),
    "max_retries": (0, 100),
    "max_concurrency": (1, 250),
    "retry_delay": (0, 86_400),
}
"""https://developers.cloudflare.com/queues/platform/limits/"""

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")
"""Of a workflow: https://developers.cloudflare.com/workflows/reference/limits/"""

JURISDICTIONS = ("eu", "fedramp", "us")

OF_SCRIPT = (*SETTINGS, "schedules")
"""What only the script that has a workflow's class may say of it."""


def queue_consumers(target: TargetView) -> Iterator[Problem]:
    """Check that Cloudflare accepts each consumer of a queue."""
    seen: set[str] = set()
    for number, one in entries(target.resolved, "queues", "consumers"):
        place: KeyPath = ("queues", "consumers", number)
        for keys, words in _consumer(one, seen):
            path = target.path(*place, *keys)
            yield QUEUE_CONSUMER.broken(target.file, path, words)


def workflows(target: TargetView) -> Iterator[Problem]:
    """Check that Cloudflare accepts each workflow of the script."""
    for number, one in entries(target.resolved, "workflows"):
        for keys, words in _workflow(one, target.worker.name):
            path = target.path("workflows", number, *keys)
            yield WORKFLOW.broken(target.file, path, words)


def _consumer(one: Mapping[str, Any], seen: set[str]) -> Iterator[tuple[KeyPath, str]]:
    queue = one.get("queue")
    if not isinstance(queue, str) or not queue:
        yield (), "a consumer needs a 'queue'"
    elif queue in seen:
        yield ("queue",), f"the queue '{queue}' has two consumers here, and may have one"
    else:
        seen.add(queue)
    if one.get("type") not in (None, "worker"):
        yield ("type",), "a wrangler file makes consumers of the type worker alone"
    for key, (least, most) in BOUNDS.items():
        if one.get(key) is not None and not _between(one[key], least, most):
            yield (key,), f"{key} must be a number from {least:,} to {most:,}"
    dead = one.get("dead_letter_queue")
    if dead is not None and not isinstance(dead, str):
        yield ("dead_letter_queue",), "dead_letter_queue must be the name of a queue"


def _workflow(one: Mapping[str, Any], script: str) -> Iterator[tuple[KeyPath, str]]:
    if not is_own(one, script):
        for key in OF_SCRIPT:
            if one.get(key):
                yield (key,), f"{key} belongs to the script that has the workflow's class"
        return
    if isinstance(one.get("name"), str) and not NAME.fullmatch(one["name"]):
        yield ("name",), "the name may have 64 letters, digits, _ and -, and no - at its beginning"
    for section, key in (("limits", "steps"), ("concurrency", "limit")):
        found = one.get(section)
        if found is not None and not _between(at(found, key), 1, float("inf")):
            yield (section,), f"{section} must be an object with the number {key}"
    if one.get("jurisdiction") not in (None, *JURISDICTIONS):
        yield ("jurisdiction",), f"the jurisdiction must be one of {', '.join(JURISDICTIONS)}"
    yield from _retention(one.get("default_retention"))
    yield from _schedules(one.get("schedules"))


def _retention(retention: Json) -> Iterator[tuple[KeyPath, str]]:
    for key, value in retention.items() if isinstance(retention, Mapping) else ():
        if not isinstance(milliseconds(value), int):
            place = ("default_retention", key)
            yield place, f"{key} must be milliseconds, or text such as '3 days'"


def _schedules(schedules: Json) -> Iterator[tuple[KeyPath, str]]:
    listed = [schedules] if isinstance(schedules, str) else schedules
    if listed is not None and not isinstance(listed, list):
        yield ("schedules",), "schedules must be cron expressions"
    for cron in listed if isinstance(listed, list) else ():
        if refused := wrong(str(cron)):
            yield ("schedules",), f"'{cron}' is not a valid cron expression: {refused.words}"


def _between(value: Json, least: float, most: float) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and least <= value <= most
