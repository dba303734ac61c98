"""How a token goes with a request over HTTP."""

import requests

from edgefleet.model.secret import Secret


class Bearer(requests.auth.AuthBase):
    """Sets the Authorization header, and keeps requests from looking for other credentials."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header to a request."""
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request
