"""Options of commands that deploy step by step: `--canary` and `--soak`."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from edgefleet.cli.options.types import DurationType
from edgefleet.config.canary.policy import NO_CANARY, CanaryChoice, in_order
from edgefleet.errors import UsageError

Command = TypeVar("Command", bound=Callable[..., Any])
NONE = "none"
AT_ONCE = (0.0,)
"""`--canary 0`: no step comes before everything."""
SHARE = r"\d{1,3}(?:\.\d{1,3})?"


class StepsType(click.ParamType[tuple[float, ...]]):
    """Shares of the traffic that grow, in percent: 5,25,50; or `none`, which is empty."""

    name = "steps"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        """Return the shares, or fail."""
        if isinstance(value, tuple):
            return value
        text = str(value).strip().lower()
        if text == NONE:
            return ()
        parts = [part.strip().removesuffix("%").strip() for part in text.split(",")]
        if not all(re.fullmatch(SHARE, part) for part in parts):
            return self.fail(
                f"'{value}' is no list of shares, such as 5,25,50, nor none", param, ctx
            )
        if [float(part) for part in parts] == list(AT_ONCE):
            return AT_ONCE
        try:
            return in_order([float(part) for part in parts])
        except ValueError as error:
            return self.fail(f"'{value}' {error}", param, ctx)


def steps_options(command: Command) -> Command:
    """Add `--canary STEPS|none` and `--soak DURATION`, given to the command by these names."""
    steps = click.option(
        "--canary",
        type=StepsType(),
        metavar="STEPS|none",
        help="Give the new version these shares of the traffic in percent, such as 5,25,50, each "
        "judged before the next; 0 for everything at once, with --keep; or none. [default: the "
        "policy of the files]",
    )
    soak = click.option(
        "--soak",
        type=DurationType(),
        metavar="DURATION",
        help="How long each step of the canary lasts at least, such as 10m. [default: the policy "
        "of the files, or else 10m]",
    )
    keep = click.option(
        "--keep",
        type=DurationType(),
        metavar="DURATION",
        help="For how long the version before stays in the deployment, at 0 %, once the new one "
        "has everything, such as 1h. [default: the policy of the files, or else 0s]",
    )
    return steps(soak(keep(command)))


def canary_options(command: Command) -> Command:
    """Add those of `steps_options`, and `--first-step`."""
    first_step = click.option(
        "--first-step",
        is_flag=True,
        help="End once the first step of the canary is good; 'edgefleet canary continue' goes on. "
        "A deploy without a canary is none the different.",
    )
    return steps_options(first_step(command))


def canary_choice(
    steps: tuple[float, ...] | None, soak: float | None, keep: float | None = None
) -> CanaryChoice:
    """Return what the options say; raises `UsageError` where they contradict each other."""
    if steps in ((), AT_ONCE) and soak is not None:
        word = NONE if steps == () else "0"
        raise UsageError(
            f"--soak says how long the steps of a canary last, and --canary {word} has no steps"
        )
    if steps == ():
        if keep is not None:
            raise UsageError(
                "--keep says how long a canary keeps the version before, and --canary none is none"
            )
        return NO_CANARY
    if soak is not None and soak < 1:
        raise UsageError("--soak must be a second at least")
    return CanaryChoice(steps=() if steps == AT_ONCE else steps, soak=soak, keep=keep)
