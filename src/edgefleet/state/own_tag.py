"""The tag that edgefleet gives a version: what the version was made of, for any machine to read.

    DIGEST-COMMIT            of a Worker without assets
    DIGEST-COMMIT-ASSETS     of one with assets

Cloudflare tells the modules of a version, and neither the files nor the rules of its assets: the
tag alone says which ones it has. A whole script that wrangler uploads may have no tag; the message
of its deployment then says `assets ASSETS`.
"""

import re

from edgefleet.cloudflare.models import LiveState, Version
from edgefleet.core.ids import short_digest

OWN_TAG = re.compile(r"[0-9a-f]{16}-(?:([0-9a-f]{12})|no-commit)(?:-([0-9a-f]{16}))?")
NO_COMMIT = "no-commit"
DIGITS = 16
"""Of a digest in a tag."""

_IN_MESSAGE = re.compile(rf"edgefleet [^:]*, assets ([0-9a-f]{{{DIGITS}}})(?:[,:]|$)")


def tag_of(bundle_digest: str, commit: str | None, assets: str | None) -> str:
    """Return the tag of a version; `assets` is the short digest of its assets, if it has some."""
    tag = f"{bundle_digest[:DIGITS]}-{short_digest(commit, NO_COMMIT)}"
    return f"{tag}-{assets}" if assets else tag


def live_assets(live: LiveState) -> str | None:
    """Return the short digest of the live version's assets, as its tag or a message says it.

    Empty where it has none, None where nothing tells. A version that a secret or a var was set on
    has the assets of the one below.
    """
    version = _uploaded(live)
    if version is None:
        return None
    if tag := OWN_TAG.fullmatch(version.tag):
        return tag[2] or ""
    # A split carries the message of the version that is on its way, not of the one that has most.
    alone = (one for one in live.history if [it.version_id for it in one.versions] == [version.id])
    found = (_IN_MESSAGE.match(one.message or "") for one in alone)
    return next((one[1] for one in found if one), None)


def _uploaded(live: LiveState) -> Version | None:
    """Return the version whose upload brought the assets of the live one."""
    newest_first = sorted(live.versions, key=lambda one: one.number, reverse=True)
    numbers = [one.number for one in newest_first if one.id == live.version_id]
    below = (one for one in newest_first if numbers and one.number <= numbers[0])
    return next((one for one in below if not one.set_secret), None)
