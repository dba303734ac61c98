"""Vars that look like secrets: no file gets them, since git would keep them for all readers."""

import json
from collections.abc import Mapping

from edgefleet.core.model import Json
from edgefleet.core.secret_scanner import find_secrets
from edgefleet.onboard.adopt.models import Adopted, Unwritten


def looks_secret(name: str, value: Json) -> bool:
    """Whether `validate` would refuse a file that says this."""
    return bool(find_secrets(json.dumps({name: value}, ensure_ascii=False, indent=2)))


def withhold(adopted: Adopted, known: Mapping[str, Json], script: str) -> Adopted:
    """Return what is adopted without vars that look like secrets; `known` the files say already."""
    declared = adopted.keys.get("vars") or {}
    held = [
        name
        for name, value in declared.items()
        if looks_secret(name, value) and known.get(name) != value
    ]
    if not held:
        return adopted
    kept = {name: value for name, value in declared.items() if name not in held}
    keys = {key: value for key, value in adopted.keys.items() if key != "vars"}
    unwritten = [
        Unwritten(
            what=f"vars.{name}",
            why="it looks like a secret, and a file in git is no place for one: replace it by a "
            "secret, under a new name while the var is live (npx wrangler secret put NAME "
            f"--name {script}), and revoke this one",
        )
        for name in held
    ]
    return adopted.model_copy(
        update={
            "keys": keys | ({"vars": kept} if kept else {}),
            "unwritten": (*adopted.unwritten, *unwritten),
        }
    )
