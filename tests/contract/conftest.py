"""One localedge for all contract tests of a process; each module has its own account."""

from collections.abc import Iterator

import pytest

from support.accounts import ACCOUNTS, Account
from support.localedge import LocalEdge, start_localedge
from support.wrangler import Wrangler


@pytest.fixture(scope="session")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEdge]:
    """Serve all accounts."""
    accounts = [(item.id, item.subdomain, item.token) for item in ACCOUNTS]
    with start_localedge(tmp_path_factory.mktemp("state"), accounts) as started:
        yield started


@pytest.fixture(scope="session")
def free_accounts() -> list[Account]:
    """Hold the accounts that no module has taken."""
    return list(ACCOUNTS)


@pytest.fixture(scope="module")
def account(free_accounts: list[Account]) -> Account:
    """Take an account for one module."""
    return free_accounts.pop()


@pytest.fixture(scope="module")
def wrangler(
    edge: LocalEdge, account: Account, tmp_path_factory: pytest.TempPathFactory
) -> Wrangler:
    """Make an empty project for one module."""
    return Wrangler(tmp_path_factory.mktemp("project"), edge.api, account.token)
