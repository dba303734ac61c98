"""Selects the version that serves a request, and the one that owns the Durable Objects."""

import hashlib
import random
import re
from collections.abc import Mapping, Sequence

from localedge.model import TrafficShare

_RANDOM = random.Random()  # noqa: S311 - it picks samples, and keeps no secret

OVERRIDES_HEADER = "cloudflare-workers-version-overrides"
KEY_HEADER = "cloudflare-workers-version-key"

_MEMBER = re.compile(r'\s*([A-Za-z0-9*][A-Za-z0-9_.*-]*)="([^"\\]*)"\s*')


def parse_overrides(header: str) -> dict[str, str]:
    """Return the requested version id by script name; empty if the header is not a dictionary.

    The header is a structured dictionary of strings (RFC 8941), as in `worker="<version id>"`;
    Cloudflare ignores one that does not parse
    (https://developers.cloudflare.com/workers/versions-and-deployments/version-overrides/).
    Names that start with a digit are no keys of RFC 8941 but are script names, and allowed here.
    """
    members = [_MEMBER.fullmatch(member) for member in header.split(",")]
    return {it[1]: it[2] for it in members if it} if all(members) else {}


def choose_version(
    script: str, shares: Sequence[TrafficShare], headers: Mapping[str, str], place: float
) -> str:
    """Return the id of the version that answers.

    In this order: a version override in `headers`, if that version is deployed (even at 0 %); a
    version key, which always goes to the same version; else `place`, from 0 up to 1.
    Raises `ValueError` where nothing is deployed.
    """
    wanted = parse_overrides(headers.get(OVERRIDES_HEADER, "")).get(script)
    if wanted is not None and any(share.version_id == wanted for share in shares):
        return wanted
    key = headers.get(KEY_HEADER)
    return version_at(shares, place if key is None else key_position(key))


def random_position() -> float:
    """Return a random place from 0 up to 1."""
    return _RANDOM.random()


def key_position(key: str) -> float:
    """Return the fixed position of a version key between 0 and 1."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:6]) / (1 << 48)


def version_at(shares: Sequence[TrafficShare], place: float) -> str:
    """Return the version whose part of the range from 0 to 1 holds `place`.

    The parts stand in the order of the version ids, whatever their size: of two versions, the one
    that grows takes places from the other and gives none back.
    """
    ordered = sorted((it for it in shares if it.percentage > 0), key=lambda it: it.version_id)
    if not ordered:
        raise ValueError("no version has a share of the traffic")
    reached = 0.0
    for share in ordered:
        reached += share.percentage / 100
        if place < reached:
            return share.version_id
    return ordered[-1].version_id


def durable_object_owners(
    shares: Sequence[TrafficShare], bound: Mapping[str, Sequence[str]], numbers: Mapping[str, int]
) -> dict[str, str]:
    """Return the owner of each Durable Object namespace: the version whose class runs there.

    `bound` names the namespaces that each version binds, `numbers` counts versions upwards in
    time. The largest share owns, the newest at a tie. Cloudflare instead gives each object to a
    version, by percentage
    (https://developers.cloudflare.com/workers/versions-and-deployments/gradual-deployments/);
    one runtime process has one class for a namespace, so here all objects go to one version.
    """
    ascending = sorted(shares, key=lambda it: (it.percentage, numbers[it.version_id]))
    return {space: it.version_id for it in ascending for space in bound[it.version_id]}
