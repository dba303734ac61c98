"""The part `metadata` of an upload: all that an upload says of a version besides its modules.

For a resolved configuration it is what wrangler 4.164.0 sends: `wrangler deploy` for a whole
script (PUT), `wrangler versions upload` for one more version of it (POST); and annotations for
both, which `wrangler deploy` takes none of.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from edgefleet.cloudflare.worker.binding_types import CORRECT, BindingEntry, declared
from edgefleet.cloudflare.worker.code_update import code_update_of_upload
from edgefleet.cloudflare.worker.exports import uploaded_exports
from edgefleet.cloudflare.worker.unsupported import unsupported
from edgefleet.core.model import Json
from edgefleet.errors import ConfigError

SECRETS = ("secret_text", "secret_key")
SCRIPT_ONLY = ("logpush", "observability")
"""What no version carries: it goes with a whole script, or to the script's settings."""


def bindings(resolved: Mapping[str, Json]) -> list[BindingEntry]:
    """Return the entries of `metadata.bindings` for a resolved wrangler configuration.

    Raises `ConfigError` for what cannot be compared or uploaded here, and for half a binding.
    """
    with _told_of(resolved):
        return _bindings(resolved)


def metadata(
    resolved: Mapping[str, Json],
    *,
    main_module: str | None,
    assets: Mapping[str, Json] | None = None,
    migrations: Mapping[str, Json] | None = None,
    annotations: Mapping[str, str] | None = None,
    first: bool,
) -> dict[str, Json]:
    """Return the whole metadata of an upload.

    `first` is an upload of the whole script, with the settings that no version carries: the
    script's first one, and any with `migrations` (`rules.migrations.pending`). Secrets of the
    latest version are kept. `annotations` are keys such as `workers/message` and `workers/tag`.
    `assets` are the completion token and the settings of uploaded assets; without a main module
    nothing else is said of a version. Raises `ConfigError` as `bindings` does.
    """
    if main_module is None:
        return _of_assets(resolved, assets, annotations)
    with _told_of(resolved):
        described = {
            "main_module": main_module,
            "bindings": _bindings(resolved),
            "compatibility_date": _compatibility_date(resolved),
            "compatibility_flags": list(resolved.get("compatibility_flags") or []),
        }
        placement = _placement(resolved)
    optional: dict[str, Json] = {
        **{key: resolved.get(key) for key in SCRIPT_ONLY if first},
        "placement": placement,
        "tail_consumers": resolved.get("tail_consumers"),
        "limits": resolved.get("limits"),
        "cache_options": resolved.get("cache"),
        "migrations": migrations,
        "exports": uploaded_exports(resolved),
        "code_update_strategy": code_update_of_upload(resolved) if first else None,
        "assets": assets,
        "keep_bindings": [*SECRETS],
        "annotations": annotations,
    }
    said = {key: value for key, value in optional.items() if value is not None}
    return {**described, **said, **_unsafe(resolved)}


def _of_assets(
    resolved: Mapping[str, Json],
    assets: Mapping[str, Json] | None,
    annotations: Mapping[str, str] | None,
) -> dict[str, Json]:
    """Return the metadata of a Worker of assets alone, which has no code to bind anything to."""
    with _told_of(resolved):
        if _bindings(resolved):
            raise ConfigError(
                "a Worker of assets alone has no bindings and no vars",
                hint="remove them from wrangler.jsonc, or name the source file as main",
            )
        described = {
            "assets": assets,
            "compatibility_date": _compatibility_date(resolved),
            "compatibility_flags": list(resolved.get("compatibility_flags") or []),
        }
    return described | ({} if annotations is None else {"annotations": annotations})


@contextmanager
def _told_of(resolved: Mapping[str, Json]) -> Iterator[None]:
    """Say of which script a configuration is, where something in it is wrong."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"{resolved['name']}: {error.message}", hint=error.hint) from None


def _bindings(resolved: Mapping[str, Json]) -> list[BindingEntry]:
    _refuse_unsupported(resolved)
    entries = [*_vars(resolved), *(kind.entry(item, at) for at, kind, item in declared(resolved))]
    names = [entry["name"] for entry in entries]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two bindings or vars are called '{name}'", hint="rename one")
    return entries


def _refuse_unsupported(resolved: Mapping[str, Json]) -> None:
    for found in unsupported(resolved):
        raise ConfigError(
            f"edgefleet deploys no {found.key} ({found.what})",
            hint=f"remove '{found.key}' from wrangler.jsonc",
        )


def _vars(resolved: Mapping[str, Json]) -> list[BindingEntry]:
    declared_vars: Mapping[str, Json] = resolved.get("vars") or {}
    return [
        {"type": "plain_text", "name": name, "text": value}
        if isinstance(value, str)
        else {"type": "json", "name": name, "json": value}
        for name, value in declared_vars.items()
    ]


def _unsafe(resolved: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return what goes into the upload unread; `unsupported` refuses what would replace a fact."""
    unsafe = resolved.get("unsafe")
    given = unsafe.get("metadata") if isinstance(unsafe, Mapping) else None
    return given if isinstance(given, Mapping) else {}


def _compatibility_date(resolved: Mapping[str, Json]) -> str:
    found = resolved.get("compatibility_date")
    if not isinstance(found, str) or not found:
        raise ConfigError(
            "there is no compatibility_date", hint='add one to wrangler.jsonc, such as "2026-01-15"'
        )
    return found


def _placement(resolved: Mapping[str, Json]) -> Json:
    """Return where the Worker is to run; None where Cloudflare's default is wanted."""
    asked = resolved.get("placement") or {}
    if not isinstance(asked, Mapping):
        raise ConfigError("placement must be an object: { ... }", hint=CORRECT)
    hint = asked.get("hint")
    if hint or asked.get("mode") == "smart":
        return {"mode": "smart", **({"hint": hint} if hint else {})}
    if asked.get("mode") == "off":
        return None
    for key in ("region", "host", "hostname"):
        if asked.get(key):
            return {"mode": "targeted", key: asked[key]}
    return None
