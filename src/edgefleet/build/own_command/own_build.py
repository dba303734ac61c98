"""Build a Worker by its own command, in a copy of its files, and bundle what that left."""

import json
import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from edgefleet.build.assets.read import kept_assets, read_assets
from edgefleet.build.own_command.asked import BUILD_FOLDER, Asked
from edgefleet.build.own_command.commands import Commands
from edgefleet.build.own_command.left_config import REDIRECTION, read_left
from edgefleet.build.package_managers import MANAGERS
from edgefleet.build.same_digest import holds_its_folder
from edgefleet.build.sources import copied
from edgefleet.build.wrangler import Bundled, Wrangler
from edgefleet.cloudflare.worker.bundle_form import build_config, parse_upload
from edgefleet.cloudflare.worker.static_assets import BUILT
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.model import Json
from edgefleet.core.node_modules import TREE, link_node_modules
from edgefleet.errors import ConfigError

ASSETS = ".edgefleet/assets/files"
"""The folder of static assets that commands made, relative to the repository, each by its hash."""


def build_by_command(
    root: Path,
    asked: Asked,
    files: Sequence[str],
    key: str,
    wrangler: Wrangler,
    commands: Commands,
) -> Bundled:
    """Run what builds the Worker in a copy of `files`, and let `wrangler` bundle what it left.

    `key` is a digest of all that decides the build. Raises `ConfigError`, `BuildFailed` and
    `WranglerError`; the repository stays as it was.
    """
    worker = asked.worker
    with copied(root, files, key) as place:
        if worker.build.tool in MANAGERS:
            (place / worker.folder / REDIRECTION).unlink(missing_ok=True)
            commands.run_script(place, worker)
        elif asked.custom is not None:
            link_node_modules(root, place)
        if asked.custom is not None:
            commands.run_custom(place, worker, asked.custom)
        config, alone, assets = asked.config, asked.assets_alone, None
        directory = asked.assets
        settings: Mapping[str, Json] = {}
        if not worker.built_from_own_file:
            left = read_left(place, worker)
            keys = build_config(left.keys, left.folder, BUILD_FOLDER)
            config, alone = json.dumps({**json.loads(config), **keys}), "main" not in left.keys
            directory = left.assets or directory
            settings = left.settings if asked.assets == BUILT else {}
        if asked.assets is not None and directory not in (None, BUILT):
            assets = read_assets(place, directory, name=asked.assets, settings=settings)
        assets = assets and kept_assets(assets, root / ASSETS)
        if alone:
            return Bundled(form=None, inputs=tuple(root / it for it in files), assets=assets)
        _require_main(place, config)
        bundled = bundle_in(place, config, wrangler)
        if bundled.form is not None:
            for note in holds_its_folder(parse_upload(bundled.form, ""), place):
                commands.say(f"note: {note}")
        read = [
            root / path.relative_to(place) for path in bundled.inputs if path.is_relative_to(place)
        ]
        linked = worker.build.of_wrangler
        packages = [path for path in read if linked and TREE in path.parts]
        inputs = (*(root / it for it in files), *packages)
        return bundled.model_copy(update={"inputs": inputs, "assets": assets})


def _require_main(place: Path, config: str) -> None:
    main = posixpath.normpath(posixpath.join(BUILD_FOLDER, json.loads(config)["main"]))
    # wrangler finds a name without an ending by the endings that it knows.
    if posixpath.splitext(main)[1] and not (place / main).is_file():
        raise ConfigError(
            f"main is {foreign_text(main)}, and the build left no such file",
            hint="edgefleet build --no-cache",
        )


def bundle_in(place: Path, config: str, wrangler: Wrangler) -> Bundled:
    """Let wrangler bundle what a configuration, as JSON, names in a checkout."""
    folder = place / BUILD_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    # A separate file: in another terminal, something else may be built at the same time.
    with NamedTemporaryFile("w", dir=folder, suffix=".json", encoding="utf-8") as file:
        file.write(config)
        file.flush()
        return wrangler.bundle(Path(file.name))
