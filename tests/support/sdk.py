"""The official SDK as a client of localedge, which checks each answer against its schema."""

from cloudflare import Cloudflare

from support.localedge import LocalEdge


def strict_client(edge: LocalEdge, token: str) -> Cloudflare:
    """Return the SDK with a token; it tries nothing again."""
    return Cloudflare(
        api_token=token,
        base_url=edge.api,
        max_retries=0,
        _strict_response_validation=True,
    )
