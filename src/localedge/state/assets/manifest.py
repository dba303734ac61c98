"""Manifests: which path of a version serves which file, as a client lists it and workerd reads it.

https://developers.cloudflare.com/workers/static-assets/direct-upload/
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from localedge.model import Json
from localedge.wire.asset_errors import InvalidManifest

MOST_FILES = 100_000
"""Files of one version, on a paid plan
(https://developers.cloudflare.com/workers/platform/limits/#static-assets)."""
LARGEST_FILE = 25 * 1024 * 1024
"""Bytes of one file, on each plan."""
BUCKET_BYTES = 40 * 1024 * 1024
"""Bytes of the files of one bucket: in base64 they stay below what one request may have."""
BUCKET_FILES = 500

HASH = re.compile(r"[0-9a-f]{32}")
_KEY_BYTES = 16
_HEADER_BYTES, _TAIL_BYTES = 20, 8


@dataclass(frozen=True, slots=True)
class AssetEntry:
    """A file of a manifest: the client's own hash of it, and its size in bytes."""

    hash: str
    size: int


Manifest = Mapping[str, AssetEntry]
"""The files of one version by their paths, each of which begins with a slash."""


def parse_manifest(given: Json) -> Manifest:
    """Read the `manifest` of an upload session; raises `InvalidManifest`."""
    if not isinstance(given, dict):
        raise InvalidManifest("manifest must be an object of files by path.")
    if len(given) > MOST_FILES:
        raise InvalidManifest(
            f"The manifest has {len(given)} files: a version may have {MOST_FILES}."
        )
    manifest = {path: _entry(path, given[path]) for path in given}
    sizes: dict[str, int] = {}
    for path, entry in manifest.items():
        if sizes.setdefault(entry.hash, entry.size) != entry.size:
            raise InvalidManifest(f"{path} has the hash of a file of another size.")
    return manifest


def buckets(manifest: Manifest, wanted: Collection[str]) -> list[list[str]]:
    """Return the `wanted` hashes of a manifest in groups that fit into one request each."""
    sizes = {it.hash: it.size for it in manifest.values() if it.hash in wanted}
    groups: list[list[str]] = []
    room = 0
    for hash_, size in sizes.items():
        if not groups or size > room or len(groups[-1]) == BUCKET_FILES:
            groups.append([])
            room = BUCKET_BYTES
        groups[-1].append(hash_)
        room -= size
    return groups


def dump(manifest: Manifest) -> str:
    """Return the document of a manifest; equal manifests have equal documents."""
    return json.dumps({path: [it.hash, it.size] for path, it in sorted(manifest.items())})


def load(document: str) -> Manifest:
    """Read what `dump` wrote."""
    return {path: AssetEntry(*entry) for path, entry in json.loads(document).items()}


def encode(paths: Mapping[str, str]) -> bytes:
    """Return the hashes of files by path in the binary form that Cloudflare's asset Worker reads.

    A header of 20 bytes that means nothing; then for each file, sorted, the first half of the
    SHA-256 of its path, its hash, and 8 bytes that mean nothing.
    """
    entries = sorted(_binary_entries(paths))
    return bytes(_HEADER_BYTES) + b"".join(entries)


def _binary_entries(paths: Mapping[str, str]) -> Iterator[bytes]:
    for path, hash_ in paths.items():
        key = hashlib.sha256(path.encode()).digest()[:_KEY_BYTES]
        yield key + bytes.fromhex(hash_) + bytes(_TAIL_BYTES)


def _entry(path: str, given: Json) -> AssetEntry:
    if not path.startswith("/"):
        raise InvalidManifest(f'The path "{path}" must begin with a slash.')
    if not isinstance(given, dict):
        raise InvalidManifest(f"{path} must be an object with hash and size.")
    hash_, size = given.get("hash"), given.get("size")
    if not isinstance(hash_, str) or not HASH.fullmatch(hash_):
        raise InvalidManifest(f"The hash of {path} must be 32 hexadecimal digits.")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise InvalidManifest(f"The size of {path} must be a number of bytes.")
    if size > LARGEST_FILE:
        raise InvalidManifest(f"{path} has {size} bytes: a file may have {LARGEST_FILE}.")
    return AssetEntry(hash_, size)
