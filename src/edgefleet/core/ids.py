"""The forms of ids and digests, and how people see them: shortened."""

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""A Worker's version or a D1 database (https://datatracker.ietf.org/doc/html/rfc9562)."""

HEX_ID = r"[0-9a-f]{32}"
"""An account or a KV namespace."""

SHA256 = r"[0-9a-f]{64}"


def short_id(version_id: str | None, missing: str = "") -> str:
    """Return the first eight characters of a version's id, as Cloudflare's dashboard does."""
    return (version_id or missing)[:8]


def short_digest(digest: str | None, missing: str = "") -> str:
    """Return the first twelve characters of a digest or a commit."""
    return (digest or missing)[:12]
