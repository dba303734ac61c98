"""How a run over a fleet is shown."""

from io import StringIO

from rich.console import Console

from edgefleet.fleet.display import LineDisplay, TableDisplay, fleet_display
from edgefleet.fleet.models import Outcome, TargetResult
from edgefleet.records.models import RecordedError
from support.clock import FakeClock

DONE = TargetResult(tenant="acme", outcome=Outcome.SUCCEEDED, seconds=1.24, version_id="v1")
FAILED = TargetResult(
    tenant="birch",
    outcome=Outcome.RESTORED,
    seconds=60,
    error=RecordedError(code="unhealthy", message="it answered [500]\nand more"),
)


def console(*, terminal: bool) -> tuple[Console, StringIO]:
    text = StringIO()
    return Console(file=text, force_terminal=terminal, width=100, highlight=False), text


def test_a_log_gets_a_line_for_each_target_when_it_has_ended() -> None:
    shown, text = console(terminal=False)
    with LineDisplay(shown) as lines:
        lines.begun("acme", "upload")
        lines.ended(DONE)
        lines.ended(FAILED)
    assert text.getvalue().splitlines() == [
        "  acme                     succeeded         1.2 s  v1",
        "  birch                    restored         60.0 s  it answered [500]",
    ]


def test_a_terminal_gets_a_table_of_what_is_under_way() -> None:
    shown, text = console(terminal=True)
    clock = FakeClock()
    with TableDisplay(3, clock, shown) as live:
        live.begun("acme", "upload")
        clock.elapsed = 2
        live.begun("acme", "canary")
        live.begun("birch", "plan")
        shown.print(live._table())
        live.ended(DONE)
        live.say("  birch: note")
        shown.print(live._table())
    said = text.getvalue()
    assert "canary" in said
    assert "2.0 s" in said
    assert "0 of 3 ended" in said
    assert "1 of 3 ended" in said
    assert "succeeded" in said
    assert "birch: note" in said


def test_what_is_no_terminal_gets_lines() -> None:
    assert isinstance(fleet_display(1, FakeClock()), LineDisplay)
