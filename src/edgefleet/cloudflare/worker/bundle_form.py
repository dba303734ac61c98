"""From a tenant's wrangler file to what is bundled, and from wrangler's form to a bundle."""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from edgefleet.cloudflare.worker.bundle import SOURCE_MAP, Bundle, Module
from edgefleet.core.foreign.json import parse_json
from edgefleet.core.model import Json
from edgefleet.errors import CloudflareError, ConfigError
from edgefleet.http.multipart import FormPart, read_form, write_form

BUNDLING_KEYS = frozenset(
    """
    main rules base_dir find_additional_modules preserve_file_names no_bundle minify keep_names
    tsconfig jsx_factory jsx_fragment alias define compatibility_date compatibility_flags
    upload_source_maps
    """.split()
)
"""The keys of a wrangler file that decide the bytes of a bundle."""

COMPATIBILITY_KEYS = ("compatibility_date", "compatibility_flags")

PATH_KEYS = ("main", "base_dir", "tsconfig")


def require_digest(bundle: Bundle, expected: str | None) -> Bundle:
    """Return the bundle; raises `ConfigError` where it is not the one that was asked for."""
    if expected is not None and bundle.digest != expected:
        raise ConfigError(
            f"the bundle is sha256:{bundle.digest}, and sha256:{expected} was expected",
            hint="deploy the bundle that the gates built: another one has passed no test",
        )
    return bundle


def build_config(resolved: Mapping[str, Json], folder: str, build_folder: str) -> dict[str, Json]:
    """Return the configuration that bundles one target's Worker, and names no tenant.

    `folder` holds the tenant's wrangler file and `build_folder` will hold the result, both
    relative to the repository: paths in a bundle's comments come from there, so that they, and
    the digest, are the same in every checkout.
    """
    config = {key: value for key, value in resolved.items() if key in BUNDLING_KEYS}
    for key in PATH_KEYS:
        if key in config:
            whole = posixpath.normpath(posixpath.join(folder, config[key]))
            config[key] = posixpath.relpath(whole, build_folder)
    return {"name": "edgefleet-bundle", **config}


def source_folders(config: Mapping[str, Json], build_folder: str) -> tuple[str, ...]:
    """Return the folders, relative to the repository, whose files decide this bundle.

    `config` is from `build_config`. wrangler looks for further modules below `base_dir`, by default
    the folder of `main`.
    """
    paths = {key: posixpath.join(build_folder, config[key]) for key in PATH_KEYS if key in config}
    folders = {
        path if key == "base_dir" else posixpath.dirname(path) for key, path in paths.items()
    }
    return tuple(sorted(posixpath.normpath(folder) for folder in folders))


def parse_upload(form: bytes, builder: str, *, maps: bool = False) -> Bundle:
    """Read the form that `wrangler deploy --dry-run --outfile` writes, with its source `maps`.

    Its first line is the boundary, its part `metadata` names the main module, the others are
    modules (seen with wrangler 4.63.0), and maps, which 4.164.0 makes in any case. Raises
    `CloudflareError` for another form.
    """
    boundary = form.split(b"\r\n", 1)[0].removeprefix(b"--")
    parts = read_form(form, b'multipart/form-data; boundary="' + boundary + b'"')
    metadata = [part.content for part in parts if part.name is None]
    try:
        main_module = parse_json(metadata[0])["main_module"]
    except (LookupError, TypeError, ValueError) as error:
        raise CloudflareError("wrangler's bundle names no main module", code="bundle") from error
    modules = (*modules_of(parts), *(_source_maps(parts) if maps else ()))
    return Bundle(main_module=main_module, modules=modules, builder=builder)


def _source_maps(parts: Sequence[FormPart]) -> Iterator[Module]:
    """Yield the source maps of a form, in the form in which wrangler sends those of a built Worker.

    Of the paths of sources it takes what leads out of the folder away, so that they are those of
    the repository.
    """
    for part in parts:
        if part.name is not None and part.content_type == SOURCE_MAP:
            found = parse_json(part.content)
            found["sources"] = [re.sub(r"^(?:\.\.?/)+", "", one) for one in found["sources"]]
            text = json.dumps(found, separators=(",", ":"), ensure_ascii=False)
            yield Module(name=part.name, content_type=SOURCE_MAP, content=text.encode())


def startup_form(bundle: Bundle, resolved: Mapping[str, Json]) -> bytes:
    """Return a bundle in the form that `wrangler check startup` reads."""
    metadata = {
        "main_module": bundle.main_module,
        "compatibility_date": resolved.get("compatibility_date"),
        "compatibility_flags": resolved.get("compatibility_flags", []),
    }
    parts = [FormPart(it.name, it.content_type, it.content) for it in bundle.code]
    return write_form(json.dumps(metadata), parts)


def modules_of(parts: Sequence[FormPart]) -> tuple[Module, ...]:
    """Return the modules of a form: every part with a file name that is no source map."""
    return tuple(
        Module(
            name=posixpath.normpath(part.name), content_type=part.content_type, content=part.content
        )
        for part in parts
        if part.name is not None and part.content_type != SOURCE_MAP
    )
