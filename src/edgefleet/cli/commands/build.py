"""`edgefleet build`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import click

from edgefleet.build.build import build as run_build
from edgefleet.build.bundle_size import BuildResult, size_text
from edgefleet.build.measure_size import measure_bundle, unstarted
from edgefleet.cli.options.shared import format_option, root_option
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.wiring import Wiring
from edgefleet.config.files.tenant_files import tenant_names
from edgefleet.config.target import Environment
from edgefleet.config.tenant import Tenant
from edgefleet.core.git import fetch_command, resolve_commit
from edgefleet.core.worktrees import worktree
from edgefleet.deploy.checks.commits import check_merged
from edgefleet.errors import ConfigError, UsageError


@click.command()
@click.option(
    "--ref",
    metavar="GIT_REF",
    help="Build this branch, tag or commit beside the working tree, and do not start it.",
)
@click.option("--no-cache", is_flag=True, help="Build though no file changed since the last time.")
@format_option("text", "json")
@root_option
def build(*, ref: str | None, no_cache: bool, output_format: str, root: Path | None) -> None:
    """Build the Worker once, as worker.build of fleet.jsonc says, into modules and a digest.

    Prints the digest and the folder; the same commit gives the same digest everywhere, or a note
    says why not: --no-cache compares with the build before. Says what
    the Worker weighs and how long it takes to start, beside Cloudflare's limits.
    """
    wiring = Wiring(root)
    environments = wiring.fleet.deployable
    builder = replace(wiring.builder, again=no_cache)
    with _sources(wiring, ref) as (root, tenants), wiring.progress.step("build"):
        bundle = run_build(root, tenants, environments, builder)
        folder = wiring.bundles.save(bundle)
    if ref is None:
        with wiring.progress.step("weigh"):
            start = tenants[0].resolved(environments[0])
            weight = measure_bundle(bundle, start, wiring.wrangler, wiring.bundles, again=no_cache)
    else:
        weight = unstarted(bundle, "--ref builds what was started before")
    wiring.progress.say(size_text(weight))
    if output_format == "json":
        print_json(BuildResult.of_bundle(bundle, weight))
        return
    click.echo(f"sha256:{bundle.digest}")
    click.echo(str(folder.relative_to(wiring.root)))


@contextmanager
def _sources(wiring: Wiring, ref: str | None) -> Iterator[tuple[Path, Sequence[Tenant]]]:
    """Yield the folder to build in, and its tenants; the folder of a commit goes afterwards."""
    environments = wiring.fleet.deployable
    if ref is None:
        yield wiring.root, wiring.tenants(tenant_names(wiring.root), environments)
        return
    commit = resolve_commit(wiring.root, ref)
    if commit is None:
        raise UsageError(f"git knows no commit '{ref}'", hint=fetch_command(wiring.root))
    if commit != resolve_commit(wiring.root, "HEAD"):  # whose code runs here in any case
        check_merged(wiring.lineage, commit, wiring.progress)
    with worktree(wiring.root, commit) as folder:
        yield folder, _valid_tenants(wiring, folder, environments)


def _valid_tenants(
    wiring: Wiring, folder: Path, environments: tuple[Environment, ...]
) -> Sequence[Tenant]:
    """Return the tenants of a checkout that are valid by the rules of today.

    Raises `ConfigError` where none is.
    """
    names = tenant_names(folder)
    try:
        return wiring.tenants_in(folder, names, environments)
    except ConfigError as error:
        found: list[Tenant] = []
        for name in names:
            with suppress(ConfigError):
                found += wiring.tenants_in(folder, (name,), environments)
        if not found:
            raise
        wiring.progress.say(f"note: without tenants that are not valid: {error.message}")
        return found
