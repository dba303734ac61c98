"""Sends requests to one server with one token, over one connection pool."""

from collections.abc import Mapping, Sequence
from typing import Any

import requests

from edgefleet.model.base import Json
from edgefleet.model.secret import Secret
from edgefleet.ports.bearer import Bearer

Part = tuple[str, tuple[None, str] | tuple[str, bytes, str]]
"""A part of a form: its name; its file name, if it has one, its content, and the type of it."""


class Transport:
    """A `requests` session without what it does anew for each request.

    That is to look for proxies, certificates and cookies, which takes longer than to send a
    request; here the environment's are looked for once. Redirects are not followed.
    """

    def __init__(self, base_url: str, token: Secret, timeout: float) -> None:
        session = requests.Session()
        self._base_url = base_url.rstrip("/")
        self._auth = Bearer(token)
        self._headers = session.headers
        self._adapter = session.get_adapter(self._base_url)
        around = session.merge_environment_settings(
            self._base_url, {}, stream=False, verify=None, cert=None
        )
        self._around: dict[str, Any] = {**around, "timeout": timeout}

    def send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str | int] | None = None,
        body: Json | None = None,
        parts: Sequence[Part] | None = None,
    ) -> requests.Response:
        """Send one request once, and read its answer; raises `requests.RequestException`."""
        request = requests.PreparedRequest()
        request.prepare(
            method,
            self._base_url + path,
            self._headers,
            params=params,
            json=body,
            files=parts,
            auth=self._auth,
        )
        answer = self._adapter.send(request, **self._around)
        answer.content  # noqa: B018 - reads it now: what goes wrong there belongs to the sending
        return answer
