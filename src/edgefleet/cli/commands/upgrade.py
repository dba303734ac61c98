"""`edgefleet upgrade`."""

from pathlib import Path

import click

from edgefleet.cli.options.project import actions_option, dry_run_option, yes_option
from edgefleet.cli.options.shared import format_option, root_option
from edgefleet.cli.output.project_change import carry_out, close
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.files.tenant_files import find_root
from edgefleet.errors import ConfigError
from edgefleet.onboard.project.fleet_text import schema_files
from edgefleet.onboard.project.upgrade import conflicts, planned_upgrade
from edgefleet.onboard.project.workflows import ActionSource, workflows_of
from edgefleet.onboard.project.written_files import read_written, written_files


@click.command()
@actions_option
@dry_run_option
@yes_option
@format_option("text", "json")
@root_option
def upgrade(
    *,
    actions: ActionSource | None,
    dry_run: bool,
    yes: bool,
    output_format: str,
    root: Path | None,
) -> None:
    """Bring the files that 'edgefleet init' wrote to this version, and keep your edits.

    It merges as git does: what it wrote then, what you made of it, and what it would write now.
    Where both changed the same lines, both stand in the file between markers, and it ends with 4.
    fleet.jsonc and the tenants' files are yours: they stay as they are. Without --actions the
    workflows use the commit that they use now.
    """
    home = find_root(Path.cwd(), root)
    fleet = fleet_of(home)
    before = read_written(home)
    source = actions or (before.actions if before else None)
    wanted = None
    if source is not None:
        wanted = written_files(workflows_of(fleet, source), source)
    change = planned_upgrade(home, schema_files(fleet.contract.settings), wanted)
    carry_out(change, output_format, dry_run=dry_run, yes=yes)
    close(change, output_format=output_format, dry_run=dry_run)
    if places := list(conflicts(change)):
        raise ConfigError(
            f"both sides changed the same lines: {', '.join(places)}",
            hint="edit them, then: git add --all && git commit --message 'Our edits'",
        )
