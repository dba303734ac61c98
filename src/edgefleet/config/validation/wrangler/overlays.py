"""Rules for the Worker's own wrangler file, and for a tenant's file that goes over it."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from edgefleet.config.environments import environments
from edgefleet.config.overlay.layers import Base, names, stands_alone
from edgefleet.config.overlay.origin import ValueOrigin
from edgefleet.config.overlay.section import WorkerSection
from edgefleet.config.reading.base_rules import BASE_MISSING, BUILD_UNUSED, OVERLAY_KEY
from edgefleet.config.reading.rule import Problem
from edgefleet.config.reading.schema_errors import dotted
from edgefleet.config.reading.views import TenantFiles
from edgefleet.config.target import DEV, Environment
from edgefleet.config.validation.script import ENTRY_MISSING
from edgefleet.config.validation.wrangler.wrangler_file import (
    ENVIRONMENT_MISSING,
    WRANGLER_VALUE,
    keys_of_file,
)
from edgefleet.core.model import Json

OF_THE_BASE = ("base_dir", "tsconfig", "build", "site", "rules", "no_bundle")
"""Keys that no overlay may have; `main` makes a file one that stands alone."""


def base_file(base: Base, worker: WorkerSection) -> Iterator[Problem]:
    """Check the Worker's own wrangler file, once for all tenants that have an overlay."""
    if base.keys is None:
        return
    yield from keys_of_file(base.file, base.keys)
    yield from _sections(base.file, base.keys)
    if not worker.build.bundles_sources and "build" in base.keys:
        message = (
            f"worker.build ({worker.build.tool}) decides what is built, and build has no effect"
        )
        yield BUILD_UNUSED.broken(base.file, ("build",), message)
    alone = names(base.keys, "assets")
    if "main" not in base.keys and worker.built_from_own_file and not alone:
        action = 'write the path of the source, from this folder, such as "index.ts"'
        yield ENTRY_MISSING.broken(base.file, (), "there is no main", action=action)


def overlay(tenant: TenantFiles) -> Iterator[Problem]:
    """Check what a tenant's overlay may say, whatever the environment."""
    file, keys = tenant.wrangler.file, tenant.wrangler.keys
    if tenant.lacks_base:
        folder = tenant.fleet.worker.folder
        message = f"this file has no main, and {folder} has no wrangler file that it could go over"
        yield BASE_MISSING.broken(file, 0, message)
    base = tenant.layers.base
    named = keys.get("env")
    sections = [((), keys), *((("env", name), keys["env"][name]) for name in environments(keys))]
    if stands_alone(keys):
        yield from _built_alone(tenant, sections)
    if base is None or tenant.wrangler.value is None:
        return
    yield from _sections(file, keys)
    for place, section in sections:
        if isinstance(section, Mapping):
            for key in [one for one in section if one in OF_THE_BASE]:
                message = f"{dotted((*place, key))} belongs into {base.file}"
                yield OVERLAY_KEY.broken(file, (*place, key), message)
    known = (DEV, *tenant.fleet.environments)
    for name in named if isinstance(named, Mapping) and base.keys is not None else ():
        if not base.has(name) or ("env" not in (base.keys or {}) and name not in known):
            yield _no_environment(tenant, base, ValueOrigin(file, ("env", name)), name)


def _built_alone(
    tenant: TenantFiles, sections: list[tuple[tuple[str, ...], Json]]
) -> Iterator[Problem]:
    """Check that a whole file of a tenant's says nothing of the build that all tenants share."""
    file, worker = tenant.wrangler.file, tenant.fleet.worker
    for place, section in sections:
        if isinstance(section, Mapping) and "build" in section:
            message = (
                f"{dotted((*place, 'build'))} belongs into the wrangler file in {worker.folder}"
            )
            yield OVERLAY_KEY.broken(file, (*place, "build"), message)
    if not worker.built_from_own_file:
        message = (
            f"worker.build ({worker.build.tool}) decides what is built, and main has no effect"
        )
        yield BUILD_UNUSED.broken(file, ("main",), message)


def overlaid_environment(tenant: TenantFiles, environment: Environment) -> Iterator[Problem]:
    """Check that the base has the environment of an overlay."""
    base = tenant.layers.base
    own = environments(tenant.wrangler.keys)
    if base is not None and not base.has(environment) and environment not in own:
        yield _no_environment(tenant, base, ValueOrigin(base.file, ("env",)), environment)


def _no_environment(tenant: TenantFiles, base: Base, place: ValueOrigin, name: str) -> Problem:
    known = {DEV, *environments(base.keys or {}), *tenant.fleet.environments}
    near = get_close_matches(name, known, n=1)
    action = f"did you mean {near[0]}?" if near and near[0] != name else ""
    message = f"{base.file} has no environment '{name}'"
    return ENVIRONMENT_MISSING.broken("", place, message, action=action)


def _sections(file: str, keys: Mapping[str, Json]) -> Iterator[Problem]:
    """Check that `env` holds objects."""
    if "env" in keys and not isinstance(keys["env"], Mapping):
        yield WRANGLER_VALUE.broken(file, ("env",), "env must be an object: { ... }")
    for name in environments(keys):
        if not isinstance(keys["env"][name], Mapping):
            place = ("env", name)
            yield WRANGLER_VALUE.broken(
                file, place, f"{dotted(place)} must be an object: {{ ... }}"
            )
