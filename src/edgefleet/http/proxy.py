"""The route to a server over HTTP: the proxy and certificates that the environment names.

`http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` are read as Python and curl read them,
`REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE` and `SSL_CERT_FILE` as requests, curl and OpenSSL do.
requests would find the same route, but importing it takes as long as one deploy.
"""

import os
import re
import ssl
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi

from edgefleet.errors import UsageError
from edgefleet.http.bounded import BoundedHTTP, BoundedHTTPS, Connection

CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Variables that name certificates of authorities other than the well-known ones."""


class ProxyRoute(NamedTuple):
    """How to reach a server, and how to ask it there."""

    server: SplitResult
    proxy: SplitResult | None

    @property
    def private(self) -> bool:
        """Whether what is sent is read by the server alone: over TLS, or within this machine."""
        return self.server.scheme == "https" or _loopback(self.server.hostname or "")

    @property
    def prefix(self) -> str:
        """What stands before a path: a proxy gets the whole URL, unless TLS hides it."""
        return self.server.geturl() if self._unhidden else self.server.path

    @property
    def headers(self) -> dict[str, str]:
        """What each request says to the proxy."""
        return _login(self.proxy) if self.proxy and self._unhidden else {}

    @property
    def _unhidden(self) -> bool:
        return self.proxy is not None and self.server.scheme == "http"

    def connection(self, timeout: float) -> Connection:
        """Return a new connection, which opens with its first request.

        `timeout` is for opening it, in seconds; what comes then has another bound.
        """
        at = self.proxy or self.server
        host = at.hostname or ""
        if self.server.scheme == "http":
            return BoundedHTTP(host, at.port or 80, timeout=timeout)
        context = _context(_certificates())
        found = BoundedHTTPS(host, at.port or 443, timeout=timeout, context=context)
        if self.proxy:
            # http.client opens TLS with the server, behind the proxy.
            found.set_tunnel(self.server.hostname or "", self.server.port or 443, _login(at))
        return found


def proxy_route(url: str) -> ProxyRoute:
    """Return the route to the server of a URL.

    No proxy leads to this machine itself. Raises `UsageError` where the URL is none, or where the
    environment names no usable proxy.
    """
    server = _parsed(url.rstrip("/"))
    if server is None or server.scheme not in ("http", "https"):
        raise UsageError(
            f"'{url}' is no http:// or https:// URL", hint="write it as https://HOST/PATH"
        )
    if _loopback(server.hostname or ""):
        return ProxyRoute(server, None)
    found = getproxies()
    proxy = found.get(server.scheme) or found.get("all")
    if not proxy or proxy_bypass(server.netloc) or _in_network(server.hostname or "", found):
        return ProxyRoute(server, None)
    parsed = _parsed(proxy if "://" in proxy else f"http://{proxy}")
    if parsed is None or parsed.scheme != "http":  # it is not repeated: it may hold a password
        raise UsageError(
            f"the proxy that the environment names for {server.scheme} is not http://HOST:PORT",
            hint=f"correct or unset {server.scheme}_proxy and all_proxy",
        )
    return ProxyRoute(server, parsed)


def route_for_token(url: str, variable: str) -> ProxyRoute:
    """Return the route to a server that gets a token or key; `variable` is what named the URL.

    Raises `UsageError`, too, where the token would cross a network in clear.
    """
    route = proxy_route(url)
    if not route.private:
        raise UsageError(
            f"{variable} is an http:// address of another machine: the token would be sent in "
            "clear over the network",
            hint=f"set {variable} to an https:// address, or unset it",
        )
    return route


def _loopback(host: str) -> bool:
    """Whether a host is this machine; RFC 6761 makes every name below localhost so."""
    if host == "localhost" or host.endswith(".localhost") or host == "::1":
        return True
    return re.fullmatch(r"127(?:\.[0-9]{1,3}){3}", host) is not None


def _in_network(host: str, found: Mapping[str, str]) -> bool:
    """Whether a host is an address in a network of `no_proxy`: curl and requests know them, too."""
    networks = [word.strip() for word in found.get("no", "").split(",") if "/" in word]
    if not networks:
        return False
    from ipaddress import ip_address, ip_network  # few need it

    for one in networks:
        with suppress(ValueError):
            if ip_address(host) in ip_network(one, strict=False):
                return True
    return False


def _parsed(url: str) -> SplitResult | None:
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.hostname and parts.port != 0:
            return parts
    return None


def _login(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    words = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(words.encode()).decode()}"}


def _certificates() -> str:
    named = (os.environ.get(name) for name in CERTIFICATES)
    return next(filter(None, named), certifi.where())


@cache
def _context(certificates: str) -> ssl.SSLContext:
    """Return what checks a server's certificate; to read all authorities takes 20 ms each time."""
    try:
        if Path(certificates).is_dir():
            return ssl.create_default_context(capath=certificates)
        return ssl.create_default_context(cafile=certificates)
    except OSError as error:  # an SSLError is one, too
        raise UsageError(
            f"{certificates} holds no certificates: {error.strerror or error}",
            hint=f"correct or unset {', '.join(CERTIFICATES)}",
        ) from error
