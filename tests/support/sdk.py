"""The official SDK as a client of localedge, which checks each answer against its schema."""

from cloudflare import Cloudflare

from support.accounts import Account
from support.localedge import LocalEdge


def strict_client(edge: LocalEdge, account: Account) -> Cloudflare:
    """Return the SDK with an account's token; it tries nothing again."""
    return Cloudflare(
        api_token=account.token,
        base_url=edge.api,
        max_retries=0,
        _strict_response_validation=True,
    )
