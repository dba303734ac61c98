"""What never changes of a version, and the form in which this machine keeps it."""

import json
from hashlib import sha256
from typing import Literal

from pydantic import Field

from edgefleet.core.model import Json, Model
from edgefleet.core.secret_scanner import masked
from edgefleet.state.models import FlatState


class VersionFacts(Model):
    """What Cloudflare tells of one version, which is immutable."""

    number: int
    modules: FlatState
    """The digest of each module, and which one is the main module."""
    bindings: FlatState
    """Vars by value, bindings by what they point to, and secrets by name."""
    compatibility_date: str | None = None
    compatibility_flags: tuple[str, ...] = ()
    limits: dict[str, Json] | None = None
    placement_mode: str | None = None
    exports: dict[str, dict[str, Json]] = Field(default_factory=dict)
    assets: dict[str, Json] | None = None
    """How its static assets are served; None where that was not read."""


class SeenVersion(Model):
    """One version on disk. A value that looks like a secret is kept as a digest alone."""

    schema_version: Literal[1] = 1
    account: str
    script: str
    version: str
    facts: VersionFacts
    sent: bool = False
    """Whether the digests are those of what this machine uploaded, which no look has read back."""
    hidden: dict[str, str] = Field(default_factory=dict)
    """The bindings' facts whose values are left out, with a digest of each value."""
    checksum: str = ""
    """SHA-256 of all the rest: a damaged file is no file."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What the version is of."""
        return self.account, self.script, self.version

    @property
    def whole(self) -> bool:
        """Whether the file is as it was written."""
        return self.checksum == _checksum(self)

    def resolved(self, desired: FlatState) -> VersionFacts | None:
        """Return the facts, each hidden value taken from `desired` if its digest is the same.

        None where one is another: Cloudflare must be asked then.
        """
        for path, digest in self.hidden.items():
            if path not in desired or _digest_of(self.version, path, desired[path]) != digest:
                return None
        values = {path: desired[path] for path in self.hidden}
        return self.facts.model_copy(update={"bindings": {**self.facts.bindings, **values}})


def seen_version(
    account: str, script: str, version: str, facts: VersionFacts, *, sent: bool = False
) -> SeenVersion:
    """Return a version as it is kept: nothing in it looks like a secret."""
    shown = {path: one for path, one in facts.bindings.items() if _harmless(one, path)}
    hidden = {
        path: _digest_of(version, path, one)
        for path, one in facts.bindings.items()
        if path not in shown
    }
    kept = SeenVersion(
        account=account,
        script=script,
        version=version,
        facts=facts.model_copy(update={"bindings": shown}),
        sent=sent,
        hidden=hidden,
    )
    return kept.model_copy(update={"checksum": _checksum(kept)})


def _checksum(seen: SeenVersion) -> str:
    return sha256(seen.model_dump_json(exclude={"checksum"}).encode()).hexdigest()


def _digest_of(version: str, path: str, value: Json) -> str:
    text = json.dumps([version, path, value], sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _harmless(value: Json, name: str) -> bool:
    """Whether no text in a value looks like a secret; `name` is what it is the value of."""
    if isinstance(value, str):
        return masked(value, name) == value
    if isinstance(value, list):
        return all(_harmless(one, name) for one in value)
    if isinstance(value, dict):
        return all(_harmless(one, key) for key, one in value.items())
    return True
