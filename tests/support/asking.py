"""One GET, as a health check sends it."""

from urllib.parse import urlsplit

from edgefleet.core.model import Json
from edgefleet.health.client import WorkerRequest, ask


def get_json(url: str, timeout: float = 10.0) -> tuple[int, Json]:
    """Return the status and the JSON of an answer, None where it is none."""
    parts = urlsplit(url)
    path = parts._replace(scheme="", netloc="").geturl() or "/"
    answer = ask(f"{parts.scheme}://{parts.netloc}", WorkerRequest("GET", path, seconds=timeout))
    return answer.status, answer.body
