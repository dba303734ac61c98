from collections.abc import Iterator
from pathlib import Path

import pytest

from localedge.state.d1.transfers import D1Transfers
from localedge.wire.d1_errors import D1BadRequest
from support.storage import Stores, stores

ACCOUNT = "a" * 32
ETAG = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Stores]:
    with stores(tmp_path) as opened:
        yield opened


def test_a_file_is_taken_once(storage: Stores) -> None:
    transfers = D1Transfers(storage.database)
    name = transfers.file_name(storage.d1.create(ACCOUNT, "db"), ETAG)
    path = transfers.path(transfers.offer(name))
    assert path is not None
    path.write_text("select 1")
    assert transfers.take(name) == "select 1"
    with pytest.raises(D1BadRequest, match="was not uploaded"):
        transfers.take(name)


def test_a_token_opens_one_file_only(storage: Stores) -> None:
    transfers = D1Transfers(storage.database)
    one, two = transfers.offer("one"), transfers.offer("two")
    assert transfers.path(one) != transfers.path(two)
    assert transfers.path("guess") is None


@pytest.mark.parametrize("etag", ["", "../../etc/passwd", ETAG.upper(), ETAG + "0"])
def test_an_etag_that_is_no_md5_names_no_file(storage: Stores, etag: str) -> None:
    with pytest.raises(D1BadRequest, match="MD5"):
        D1Transfers(storage.database).file_name(storage.d1.create(ACCOUNT, "db"), etag)


def test_a_restart_forgets_files_under_way(storage: Stores, tmp_path: Path) -> None:
    D1Transfers(storage.database).offer("left.sql", b"select 1")
    D1Transfers(storage.database)
    assert not list(tmp_path.glob("d1-transfers/*"))
