"""Rules for Cron Triggers: Cloudflare accepts each expression, and no two are the same."""

from collections.abc import Iterator

from edgefleet.cloudflare.triggers.cron_expressions import same, wrong
from edgefleet.config.reading.rule import Problem, Rule
from edgefleet.config.reading.views import TargetView

CRON_INVALID = Rule(
    code="cron-invalid",
    means="Cloudflare refuses the cron expression (error 10100), and only when the new version "
    "has all traffic already. An expression has five fields (minute, hour, day of the month, "
    "month, day of the week) and no shorthands; weekdays count from 1 "
    "(Sunday) to 7, or are SUN to SAT "
    "(https://developers.cloudflare.com/workers/configuration/cron-triggers/).",
    example='"triggers": { "crons": ["0 16 * * 0"] }     // Sunday is 1, or SUN',
    fix="write an expression that Cloudflare accepts",
)
CRON_TWICE = Rule(
    code="cron-twice",
    means="Two cron expressions of one environment are the same schedule, perhaps written "
    "differently. Cloudflare keeps only one of them.",
    example='"triggers": { "crons": ["17 3 * * SUN", "17 3 * * 1"] }',
    fix="remove one of the two",
)
RULES = (CRON_INVALID, CRON_TWICE)


def crons(target: TargetView) -> Iterator[Problem]:
    """Check that Cloudflare accepts each cron expression, and that no two are the same."""
    seen: dict[str, str] = {}
    for number, cron in enumerate(target.worker.triggers.crons or ()):
        place = target.path("triggers", "crons", number)
        found = wrong(cron)
        if found:
            message = f"'{cron}' is not a valid cron expression: {found.words}"
            action = f'write "{found.right}"' if found.right else ""
            yield CRON_INVALID.broken(target.file, place, message, action=action)
        elif same(cron) in seen:
            message = f"'{cron}' is the same schedule as '{seen[same(cron)]}'"
            yield CRON_TWICE.broken(target.file, place, message)
        else:
            seen[same(cron)] = cron
