"""Where wrangler and Node are.

In a checkout of edgefleet `make setup` puts them beside the sources. For an installed edgefleet
`edgefleet setup` puts them into the user's cache: no Python package holds wrangler.
"""

import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import platformdirs

VARIABLE = "EDGEFLEET_NODE_MODULES"
"""Names another npm tree that holds wrangler."""
TREE = "node_modules"
CURRENT = "current"
CHECKOUT = Path(__file__).resolve().parents[3]
"""The checkout, if this is one; otherwise a folder of the Python installation."""


def is_checkout() -> bool:
    """Whether edgefleet runs from a checkout, which has its own set-up."""
    return (CHECKOUT / "Makefile").is_file() and (CHECKOUT / "package-lock.json").is_file()


def setup_command() -> str:
    """Return the command that installs what is missing."""
    return "make setup" if is_checkout() else "edgefleet setup"


def locked(name: str) -> bytes:
    """Return a file of the locked npm project that is part of the Python package."""
    return (files("edgefleet.toolchain") / "npm" / name).read_bytes()


def wanted_node() -> str:
    """Return the versions of Node that wrangler runs on, such as `>=22.12.0`."""
    return str(json.loads(locked("package.json"))["engines"]["node"])


def locked_wrangler() -> str:
    """Return the version of wrangler that this edgefleet is locked to."""
    return str(json.loads(locked("package.json"))["dependencies"]["wrangler"])


def installed_wrangler(tree: Path) -> str | None:
    """Return the version of the wrangler in an npm tree; None if there is none."""
    try:
        return str(json.loads((tree / "wrangler" / "package.json").read_bytes())["version"])
    except (OSError, ValueError, KeyError):
        return None


def tools_folder() -> Path:
    """Return the folder of the user's cache with one folder for each locked set of tools.

    localedge reads the same folder (`localedge.runtime.instances.node_discovery`).
    """
    return platformdirs.user_cache_path("edgefleet", appauthor=False) / "tools"


def tools() -> Path:
    """Return the folder that holds, once it is installed, what this edgefleet is locked to."""
    digest = hashlib.sha256(locked("package-lock.json") + locked("package.json")).hexdigest()
    return tools_folder() / digest[:16]


def npm_tree(environ: Mapping[str, str]) -> Path:
    """Return the `node_modules` that holds the wrangler that uploads; it may not exist yet."""
    if named := environ.get(VARIABLE):
        return Path(named).absolute()
    return (CHECKOUT if is_checkout() else tools()) / TREE
