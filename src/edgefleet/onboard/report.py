"""What `edgefleet doctor` prints."""

from collections.abc import Iterable

from edgefleet.onboard.models import Check, CheckState


def check_text(check: Check) -> str:
    """Return the lines of one check: its state, what was found, and what to do."""
    line = f"{check.state:<8} {check.name:<16} {check.found}"
    return f"{line}\n{'':<8} {'':<16} -> {check.hint}" if check.hint else line


def outcome(checks: Iterable[Check]) -> str:
    """Return the last line."""
    states = [check.state for check in checks]
    failed, warned = states.count(CheckState.FAILED), states.count(CheckState.WARNING)
    if failed:
        return f"{failed} of {len(states)} checks failed: edgefleet cannot work here yet"
    warnings = f", {warned} with a warning" if warned else ""
    return f"{len(states)} checks passed{warnings}"
