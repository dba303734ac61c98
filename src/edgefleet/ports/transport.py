"""Sends requests to one server with one token, over one connection pool.

requests finds the way once, as the environment describes it: proxies, certificates. urllib3, on
which it stands, then sends each request; to send it through requests takes three times as long.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, encode_multipart_formdata
from urllib3.exceptions import HTTPError
from urllib3.fields import RequestField

from edgefleet.model.base import Json
from edgefleet.model.secret import Secret

Part = tuple[str, tuple[None, str] | tuple[str, bytes, str]]
"""A part of a form: its name; its file name, if it has one, its content, and the type of it."""


class Call(NamedTuple):
    """One request: what is asked of which path, with a JSON body or the parts of a form."""

    method: str
    path: str
    params: Mapping[str, str | int] | None = None
    body: Json | None = None
    parts: Sequence[Part] | None = None

    def __str__(self) -> str:
        """Return what messages name it by."""
        return f"{self.method} {self.path}"


class NoAnswer(Exception):
    """No answer came, or not all of it; the message is the name of what went wrong."""


class Answer(NamedTuple):
    """What a server answered; names of headers have no case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is a good one."""
        return self.status < 400


@lru_cache(maxsize=1024)
def way_to(url: str) -> dict[str, Any]:
    """Return what requests takes from the environment for a URL: `proxies`, `verify` and others.

    It looks through all of the environment for that, so a URL is looked up once.
    """
    with requests.Session() as session:
        found = session.merge_environment_settings(url, {}, stream=False, verify=None, cert=None)
    return {**found}


class Transport:
    """Follows no redirects, and sends the token nowhere else."""

    def __init__(self, base_url: str, token: Secret, timeout: float) -> None:
        way = way_to(base_url)
        adapter = HTTPAdapter()
        request = requests.Request("GET", base_url.rstrip("/")).prepare()
        proxies, verify = way["proxies"], way["verify"]
        pool = adapter.get_connection_with_tls_context(request, verify, proxies)
        adapter.cert_verify(pool, base_url, verify, None)  # type: ignore[no-untyped-call]  # has no types
        self._pool = cast("HTTPConnectionPool", pool)
        self._prefix = adapter.request_url(request, proxies).rstrip("/")
        self._host = urlsplit(base_url).netloc
        self._token = token
        self._timeout = timeout

    def send(self, call: Call) -> Answer:
        """Send one request once, and read its answer; raises `NoAnswer`."""
        content, kind = _encoded(call.body, call.parts)
        query = f"?{urlencode(call.params)}" if call.params else ""
        headers = {
            "Host": self._host,
            "Accept": "application/json, */*",
            "Accept-Encoding": "gzip",
            "User-Agent": "edgefleet",
            "Authorization": f"Bearer {self._token.reveal()}",
            **({"Content-Type": kind} if kind else {}),
        }
        try:
            answer = self._pool.urlopen(
                call.method,
                f"{self._prefix}{call.path}{query}",
                body=content,
                headers=headers,
                retries=False,
                redirect=False,
                assert_same_host=False,
                timeout=self._timeout,
            )
        except HTTPError as error:
            raise NoAnswer(type(error).__name__) from error
        return Answer(answer.status, answer.headers, answer.data)


def _encoded(body: Json | None, parts: Sequence[Part] | None) -> tuple[bytes | None, str]:
    """Return a body and its type."""
    if parts is not None:
        return encode_multipart_formdata([_field(*part) for part in parts])
    if body is not None:
        return json.dumps(body).encode(), "application/json"
    return None, ""


def _field(name: str, value: tuple[None, str] | tuple[str, bytes, str]) -> RequestField:
    field = RequestField(name, value[1], filename=value[0])
    field.make_multipart(content_type=value[2] if len(value) == 3 else None)
    return field
