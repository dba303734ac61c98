"""Where the programs are, and to which versions they are locked."""

import json
from pathlib import Path

from edgefleet.toolchain.places import (
    installed_wrangler,
    locked,
    locked_wrangler,
    npm_tree,
    setup_command,
    tools,
    tools_folder,
    wanted_node,
)
from support.project import ROOT


def test_package_is_locked_to_the_checkouts_wrangler() -> None:
    checkout = json.loads((ROOT / "package.json").read_text())
    assert locked_wrangler() == checkout["devDependencies"]["wrangler"]
    assert wanted_node() == checkout["engines"]["node"]


def test_both_locks_hold_the_same_packages() -> None:
    mine = json.loads(locked("package-lock.json"))["packages"]
    whole = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert mine.keys() <= whole.keys()
    names = [name for name in mine if name]
    assert len(names) > 50
    assert [name for name in names if mine[name]["integrity"] != whole[name]["integrity"]] == []
    assert [name for name in names if "resolved" in mine[name]] == []


def test_checkout_has_its_own_tree() -> None:
    assert npm_tree({}) == ROOT / "node_modules"
    assert installed_wrangler(npm_tree({})) == locked_wrangler()
    assert setup_command() == "make setup"


def test_variable_names_another_tree(tmp_path: Path) -> None:
    assert npm_tree({"EDGEFLEET_NODE_MODULES": str(tmp_path)}) == tmp_path
    assert installed_wrangler(tmp_path) is None


def test_each_lock_has_its_own_folder_in_the_cache() -> None:
    assert tools().parent == tools_folder()
    assert len(tools().name) == 16
