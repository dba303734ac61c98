"""The complete wrangler configuration of one target, as data and as files for plain wrangler."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from edgefleet.build.bundle_store import write_modules
from edgefleet.cloudflare.settings import settings
from edgefleet.cloudflare.triggers.declared_workflows import SETTINGS
from edgefleet.cloudflare.worker.bundle import Bundle, Module
from edgefleet.cloudflare.worker.bundle_form import BUNDLING_KEYS
from edgefleet.cloudflare.worker.static_assets import BUILT, AssetSet
from edgefleet.config.reading.asset_folder import HEADERS, IGNORE, REDIRECTS
from edgefleet.config.target import DEV, Environment
from edgefleet.config.tenant import Tenant
from edgefleet.core.model import Json
from edgefleet.errors import ConfigError

WRITTEN_BY_EDGEFLEET = {
    "d1_databases": ("migrations_dir", "migrations_table", "migrations_pattern"),
    "workflows": (*SETTINGS, "schedules"),
}
"""Keys of bindings that no upload carries."""

COMPATIBILITY = {"compatibility_date", "compatibility_flags"}

RULE_TYPES = {
    "application/javascript+module": "ESModule",
    "application/javascript": "CommonJS",
    "application/wasm": "CompiledWasm",
    "application/octet-stream": "Data",
    "text/plain": "Text",
}
"""Content type of an upload's part -> wrangler's name for that kind of module."""


def rendered_config(tenant: Tenant, environment: Environment, bundle: Bundle) -> dict[str, Json]:
    """Return the configuration that uploads `bundle` as it is, beside which its modules lie.

    The folder of its assets is relative to the repository, as the bundle names it.
    """
    rendered = _with_tenant(tenant, environment)
    for key in (BUNDLING_KEYS | {"build"}) - COMPATIBILITY:
        rendered.pop(key, None)
    if bundle.main_module is not None:
        rendered |= {"main": bundle.main_module, "no_bundle": True}
    rendered |= with_assets(
        tenant.asset_directory(environment), rendered.pop("assets", None), bundle
    )
    # Without the list wrangler keeps those that are there; a deploy of edgefleet does not.
    rendered["triggers"] = {"crons": [*settings(rendered).crons]}
    if len(bundle.code) < len(bundle.modules):
        rendered["upload_source_maps"] = True
    others = [module for module in bundle.code if module.name != bundle.main_module]
    if "unsafe" in rendered:
        rendered["unsafe"] = _without_dev(rendered["unsafe"])
    if others:
        rendered |= {"find_additional_modules": True, "rules": _rules(others)}
    return rendered


def with_assets(directory: str | None, own: Json, bundle: Bundle) -> dict[str, Json]:
    """Return the key `assets` of what uploads a bundle; nothing where there are none."""
    built = bundle.built_assets
    if directory is None or (directory == BUILT and built is None):
        if own:
            raise ConfigError(
                "assets has no directory, and the build left none",
                hint="name the folder that the build writes as assets.directory",
            )
        return {}
    settings = built.settings if built and directory == BUILT else {}
    return {"assets": {**settings, **(own or {}), "directory": directory}}


def render_dev(tenant: Tenant, relative: Callable[[str], str]) -> dict[str, Json]:
    """Return the configuration that `wrangler dev` runs from source, for the environment dev.

    `relative` returns a path of the tenant's configuration as the rendered one must name it.
    """
    rendered = _with_tenant(tenant, DEV)
    if "main" in rendered:
        rendered["main"] = relative(rendered["main"])
    if directory := (rendered.get("assets") or {}).get("directory"):
        rendered["assets"] = {**rendered["assets"], "directory": relative(directory)}
    return rendered


def _with_tenant(tenant: Tenant, environment: Environment) -> dict[str, Json]:
    resolved = tenant.resolved(environment)
    declared: Mapping[str, Json] = resolved.get("vars", {})
    return {
        **resolved,
        "account_id": tenant.config.account_id,
        "vars": {**declared, **tenant.settings_var},
        # wrangler's telemetry would tell of every customer's deploy.
        "send_metrics": False,
    }


def _without_dev(unsafe: Json) -> Json:
    """Return unsafe bindings without what wrangler dev alone needs; wrangler would upload it."""
    bound = unsafe.get("bindings") if isinstance(unsafe, Mapping) else None
    if not isinstance(bound, list):
        return unsafe
    kept = [
        {key: one[key] for key in one if key != "dev"} if isinstance(one, Mapping) else one
        for one in bound
    ]
    return {**unsafe, "bindings": kept}


def _rules(modules: Sequence[Module]) -> list[dict[str, Json]]:
    """Say of which type each module is; wrangler takes one rule for a type."""
    globs: dict[str, list[str]] = {}
    for module in modules:
        globs.setdefault(RULE_TYPES[module.content_type], []).append(module.name)
    # Its default rules for *.txt, *.bin and *.wasm name the same files; without fallthrough it
    # refuses a file that a rule matches which it does not use.
    return [{"type": kind, "globs": names, "fallthrough": True} for kind, names in globs.items()]


def for_upload(rendered: Mapping[str, Json]) -> dict[str, Json]:
    """Return a configuration without what a deploy of edgefleet writes itself, with any wrangler.

    These are queue consumers, D1 migrations, and the settings of workflows.
    """
    uploaded = dict(rendered)
    queues = rendered.get("queues")
    if isinstance(queues, Mapping):
        uploaded["queues"] = {key: queues[key] for key in queues if key != "consumers"}
    for section, left_out in WRITTEN_BY_EDGEFLEET.items():
        if rendered.get(section):
            uploaded[section] = [
                {key: one[key] for key in one if key not in left_out} for one in rendered[section]
            ]
    return uploaded


def write_rendered(
    tenant: Tenant,
    environment: Environment,
    bundle: Bundle,
    folder: Path,
    change: Callable[[Mapping[str, Json]], Mapping[str, Json]] = dict,
) -> Path:
    """Write `wrangler.json` and the bundle's modules into `folder`; return the configuration.

    Links to the assets stand in a folder beside it.

    `wrangler deploy --config PATH` deploys it, as `change` returns it. wrangler sees only this
    copy, so it cannot rewrite the tenant's own file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_modules(bundle, folder)
    rendered = dict(change(rendered_config(tenant, environment, bundle)))
    # Not below the modules' folder: wrangler would take text files of it for modules.
    rendered |= linked_assets(rendered, bundle, folder.with_name(f"{folder.name}.assets"))
    path = folder / "wrangler.json"
    path.write_text(json.dumps(rendered, indent=2) + "\n")
    return path


def linked_assets(rendered: Mapping[str, Json], bundle: Bundle, folder: Path) -> dict[str, Json]:
    """Make the folder in which wrangler finds a bundle's assets; return the key that names it."""
    found = bundle.assets_of(rendered)
    if found is None:
        return {}
    _link(found, folder)
    return {"assets": {**rendered["assets"], "directory": str(folder.absolute())}}


def _link(found: AssetSet, folder: Path) -> None:
    # wrangler follows links to files.
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    # An empty file says that each file is meant, be it named as a Worker's code.
    texts = {IGNORE: "", HEADERS: found.headers, REDIRECTS: found.redirects}
    for name, text in texts.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8", newline="")
    for file in found.files:
        path = folder / file.path[1:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(file.source.absolute())
