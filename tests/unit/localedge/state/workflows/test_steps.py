from typing import Any

from localedge.state.workflows.steps import read_end, read_steps, shown_output


def entry(event: int, at: str, group: str | None = "k", **metadata: Any) -> dict[str, Any]:
    target = {5: "charge-1", 8: "rest-1", 14: "signal-1"}.get(event)
    return {
        "event": event,
        "at": f"2026-11-28 08:00:{at}",
        "group": group,
        "target": target,
        "metadata": metadata,
    }


def test_a_step_has_its_attempts_and_its_output() -> None:
    error = {"name": "Error", "message": "no"}
    (step,) = read_steps(
        [
            entry(5, "01", config={"retries": {"limit": 1, "delay": 10}, "timeout": "1 minute"}),
            entry(10, "02"),
            entry(12, "03", error=error),
            entry(10, "04"),
            entry(11, "05"),
            entry(6, "06", result={"a": 1}),
        ]
    )
    assert (step["name"], step["type"], step["success"]) == ("charge-1", "step", True)
    assert (step["start"], step["end"]) == ("2026-11-28T08:00:01Z", "2026-11-28T08:00:06Z")
    assert step["output"] == '{"a": 1}'
    assert step["config"]["retries"] == {"limit": 1, "delay": 10, "backoff": "exponential"}
    assert [(it["success"], it["error"]) for it in step["attempts"]] == [
        (False, error),
        (True, None),
    ]


def test_sleeps_and_waits_say_whether_they_are_over() -> None:
    sleep, wait = read_steps(
        [entry(8, "01", "s"), entry(9, "02", "s"), entry(14, "03", "w", timeout="1 hour")]
    )
    assert (sleep["type"], sleep["finished"]) == ("sleep", True)
    assert (wait["type"], wait["finished"], wait["output"]) == ("waitForEvent", False, None)


def test_the_end_is_an_output_or_an_error() -> None:
    assert read_end([entry(2, "09", None, result=3)]) == (3, None)
    failed = read_end([entry(3, "09", None, error={"name": "E", "message": "m"})])
    assert failed == (None, {"name": "E", "message": "m"})
    assert read_steps([entry(4, "09", None)])[0]["type"] == "termination"


def test_an_output_is_shown_as_text_or_number() -> None:
    shown = [shown_output(it) for it in (None, "x", 1.5, True, {"a": None})]
    assert shown == [None, "x", 1.5, "true", '{"a": null}']
