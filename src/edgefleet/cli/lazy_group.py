"""Groups of commands that are imported when they are called."""

import gc
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib import import_module

import click


class LazyGroup(click.Group):
    """A group with a module for each command.

    `lines` has each command's line of the help, so that help imports no command; `within` is the
    name of a group inside of the main one.
    """

    def __init__(self, lines: Mapping[str, str], within: str = "", help_text: str = "") -> None:
        super().__init__(within or None, help=help_text or None)
        self._lines = lines
        self._prefix = f"{within}_" if within else ""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order of their lines."""
        return list(self._lines)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import one command."""
        if cmd_name not in self._lines:
            return None
        name = f"{self._prefix}{cmd_name}".replace("-", "_")
        # What a command loads stays: it is no place to look for garbage, now or later.
        gc.disable()
        command = getattr(import_module(f"edgefleet.cli.commands.{name}"), name)
        gc.freeze()
        gc.enable()
        assert isinstance(command, click.Command)  # noqa: S101 - a fault of ours, not of a user
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; suggest the nearest name for one that does not exist."""
        if args and args[0] not in self._lines and not args[0].startswith("-"):
            near = get_close_matches(args[0], self._lines, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else f" See '{ctx.command_path} --help'."
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._lines.items()))


def all_commands(group: click.Group, within: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its words, such as `tenant add`; a group yields its commands."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        words = f"{within} {name}".strip()
        if isinstance(command, click.Group):
            yield from all_commands(command, words)
        elif command is not None:
            yield words, command
