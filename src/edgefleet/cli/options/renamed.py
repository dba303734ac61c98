"""Options that have a new spelling; the former ones go on working for one release."""

from collections.abc import Mapping, Sequence
from typing import Any

import click
from click import ParameterSource


class RenamedOption(click.Option):
    """An option with former spellings: hidden from help, each use is noted on stderr."""

    def __init__(self, *args: Any, former: Sequence[str] = (), **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.former = tuple(former)

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Let the parser know the former spellings, too, each under its own name."""
        super().add_to_parser(parser, ctx)
        action = "store_const" if self.is_flag else "store"
        for spelling in self.former:
            parser.add_option(
                self, [spelling], dest=spelling, action=action, nargs=self.nargs, const=True
            )

    def consume_value(
        self, ctx: click.Context, opts: Mapping[str, Any]
    ) -> tuple[Any, ParameterSource]:
        """Return the value; raises `click.UsageError` where two spellings are given."""
        used = [spelling for spelling in self.former if spelling in opts]
        if not used:
            return super().consume_value(ctx, opts)
        (name,) = self.opts
        if self.name in opts or len(used) > 1:
            raise click.UsageError(f"{' and '.join(used)} is {name} now; give it once", ctx)
        if not ctx.resilient_parsing:
            click.echo(deprecation(used[0], name), err=True)
        return super().consume_value(ctx, {**opts, self.name: opts[used[0]]})


def deprecation(former: str, spelling: str) -> str:
    """Return the line that points from a former spelling to the one to use."""
    return f"deprecated: {former} is now {spelling}; the next release drops {former}"
