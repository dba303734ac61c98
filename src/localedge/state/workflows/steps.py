"""What an instance has done: from the engine's log to the steps that the API shows.

The numbers of events are those of Miniflare's engine (`InstanceEvent`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from localedge.model import Json

STEP_START, STEP_SUCCESS, STEP_FAILURE = 5, 6, 7
SLEEP_START, SLEEP_COMPLETE = 8, 9
ATTEMPT_START, ATTEMPT_SUCCESS, ATTEMPT_FAILURE = 10, 11, 12
WAIT_START, WAIT_COMPLETE, WAIT_TIMED_OUT = 14, 15, 16
SUCCESS, FAILURE, TERMINATED = 2, 3, 4

_KINDS = {STEP_START: "step", SLEEP_START: "sleep", WAIT_START: "waitForEvent"}
_ENDS = {
    STEP_SUCCESS: True,
    STEP_FAILURE: False,
    SLEEP_COMPLETE: True,
    WAIT_COMPLETE: True,
    WAIT_TIMED_OUT: False,
}
_RETRIES = {"limit": 5, "delay": 1000, "backoff": "exponential"}
"""What a step has that names no retries
(https://developers.cloudflare.com/workflows/build/sleeping-and-retrying/)."""


@dataclass(slots=True)
class _Step:
    kind: str
    name: str
    start: str
    config: dict[str, Json]
    attempts: list[dict[str, Json]] = field(default_factory=list)
    end: str | None = None
    success: bool | None = None
    output: Json = None
    error: Json = None

    def document(self) -> dict[str, Json]:
        common = {"name": self.name, "start": self.start, "end": self.end, "type": self.kind}
        if self.kind == "step":
            return {
                **common,
                "attempts": self.attempts,
                "config": self.config,
                "output": self.output,
                "success": self.success,
            }
        finished = {**common, "finished": self.end is not None, "error": self.error}
        # The SDK wants an end of these, also before there is one.
        finished["end"] = self.end or self.start
        return finished if self.kind == "sleep" else {**finished, "output": self.output}


def read_steps(log: Sequence[Json]) -> list[dict[str, Json]]:
    """Return the steps of an instance in the order in which they began."""
    steps: dict[str, _Step] = {}
    for entry in log:
        event, key, at = entry["event"], entry.get("group") or "", _time(entry["at"])
        metadata = entry.get("metadata") or {}
        if event in _KINDS:
            name = entry.get("target") or key
            config = metadata.get("config") or {}
            steps[key] = _Step(_KINDS[event], name, at, _config(config))
        elif key in steps:
            _note(steps[key], event, at, metadata)
    shown = [it.document() for it in steps.values()]
    if any(entry["event"] == TERMINATED for entry in log):
        shown.append({"type": "termination", "trigger": {"source": "user"}})
    return shown


def read_end(log: Sequence[Json]) -> tuple[Json, Json]:
    """Return what an instance gave in the end, and the error that it failed with."""
    output = error = None
    for entry in log:
        metadata = entry.get("metadata") or {}
        if entry["event"] == SUCCESS:
            output, error = metadata.get("result"), None
        elif entry["event"] == FAILURE:
            error = _error(metadata.get("error"))
    return output, error


def shown_output(result: Json) -> Json:
    """Return an output as the API shows it: texts and numbers as they are, the rest as JSON."""
    plain = result is None or isinstance(result, str | int | float)
    return result if plain and not isinstance(result, bool) else json.dumps(result)


def _note(step: _Step, event: int, at: str, metadata: dict[str, Json]) -> None:
    if event == ATTEMPT_START:
        step.attempts.append({"start": at, "end": None, "success": None, "error": None})
    elif event in (ATTEMPT_SUCCESS, ATTEMPT_FAILURE) and step.attempts:
        step.attempts[-1] |= {
            "end": at,
            "success": event == ATTEMPT_SUCCESS,
            "error": _error(metadata.get("error")),
        }
    elif event in _ENDS:
        step.end, step.success = at, _ENDS[event]
        result = metadata.get("result", metadata.get("payload"))
        output = shown_output(result)
        step.output = output if output is None else str(output)
        step.error = _error(metadata.get("error"))


def _config(given: dict[str, Json]) -> dict[str, Json]:
    retries = {**_RETRIES, **(given.get("retries") or {})}
    return {"retries": retries, "timeout": given.get("timeout") or "10 minutes"}


def _error(given: Json) -> Json:
    if not isinstance(given, dict):
        return None
    return {"name": str(given.get("name") or "Error"), "message": str(given.get("message") or "")}


def _time(text: str) -> str:
    """Return SQLite's time (UTC) as ISO 8601."""
    return text if text.endswith("Z") else f"{text.replace(' ', 'T')}Z"
