"""The accounts of a rehearsal."""

from pathlib import Path

from edgefleet.rehearse.accounts import accounts
from support.many import tenant_of


def test_no_page_can_guess_the_token_of_a_rehearsal(tmp_path: Path) -> None:
    """Review 11: it was made of the account's id, which is in the repository."""
    tenants = [tenant_of(tmp_path, name) for name in ("t000", "t001")]
    tokens = [one.token for _ in range(2) for one in accounts(tenants)]
    assert len(set(tokens)) == 4
    assert all(len(token) > 40 for token in tokens)
