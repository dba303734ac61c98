"""Hosts and route patterns as Cloudflare spells them: lower case, no last dot, ASCII."""

from collections.abc import Mapping

from edgefleet.core.model import Json


def host(text: str) -> str:
    """Return a host name as Cloudflare stores it; other letters in Punycode (RFC 3490)."""
    return ".".join(_ascii(label) for label in text.strip().lower().rstrip(".").split("."))


def pattern(text: str) -> str:
    """Return the pattern of a route with its host as Cloudflare stores it; the path has case."""
    scheme, mark, rest = text.strip().rpartition("://")
    name, slash, path = rest.partition("/")
    return f"{scheme.lower()}{mark}{host(name)}{slash}{path}"


def host_of(route_pattern: str) -> str:
    """Return the host of a route's pattern, without its wildcard."""
    name = route_pattern.rpartition("://")[2].partition("/")[0]
    return host(name.replace("*.", "").replace("*", ""))


def route(written: Mapping[str, Json]) -> dict[str, Json]:
    """Return a route of a wrangler file with pattern and zone as Cloudflare spells them."""
    zone = written.get("zone_name")
    named = {"zone_name": host(zone)} if isinstance(zone, str) else {}
    return {**written, "pattern": pattern(str(written["pattern"])), **named}


def _ascii(label: str) -> str:
    if label.isascii():
        return label
    wildcard = "*" * label.startswith("*")
    try:
        return wildcard + label.removeprefix("*").encode("idna").decode("ascii")
    except UnicodeError:
        return label
