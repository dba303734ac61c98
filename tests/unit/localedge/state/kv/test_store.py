from collections.abc import Iterator
from pathlib import Path

import pytest

from localedge.state.database import Database
from localedge.state.kv.store import KvNamespace, KvStore, KvWrite
from localedge.wire.kv_errors import (
    KvIllegalKey,
    KvInvalidCursor,
    KvInvalidExpiration,
    KvInvalidMetadata,
    KvInvalidTtl,
    KvKeyTooLong,
    KvMetadataTooLarge,
    KvNamespaceExists,
    KvNamespaceNotFound,
    KvPayloadTooLarge,
)
from support.storage import stores

ACCOUNT = "a" * 32
NOW = 1_800_000_000.5


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kv(tmp_path: Path, clock: Clock) -> Iterator[KvStore]:
    database = Database(tmp_path)
    yield KvStore(database, clock=clock)
    database.close()


@pytest.fixture
def namespace(kv: KvStore) -> KvNamespace:
    return kv.create(ACCOUNT, "CACHE")


def names(kv: KvStore, namespace: KvNamespace, **options: str) -> list[str]:
    return [key.name for key in kv.keys(namespace, **options).keys]  # type: ignore[arg-type]  # text options only


def test_a_title_is_taken_once_in_an_account(kv: KvStore, namespace: KvNamespace) -> None:
    with pytest.raises(KvNamespaceExists):
        kv.create(ACCOUNT, "CACHE")
    assert kv.create("b" * 32, "CACHE").id != namespace.id


def test_providing_a_namespace_twice_keeps_what_it_holds(kv: KvStore) -> None:
    first = kv.ensure(ACCOUNT, "given-id", "CACHE")
    kv.put(first, KvWrite("key", b"value"))
    again = kv.ensure(ACCOUNT, "given-id", "another title")
    assert again == first
    assert names(kv, again) == ["key"]


def test_one_account_does_not_see_anothers_namespace(kv: KvStore, namespace: KvNamespace) -> None:
    assert kv.namespace("b" * 32, namespace.id) is None
    with pytest.raises(KvNamespaceNotFound):
        kv.require("b" * 32, namespace.id)


def test_deleting_a_namespace_deletes_its_pairs(kv: KvStore, namespace: KvNamespace) -> None:
    kv.put(namespace, KvWrite("key", b"value"))
    kv.delete_namespace(namespace)
    again = kv.ensure(ACCOUNT, namespace.id, "CACHE")
    assert kv.get(again, "key") is None


def test_a_value_survives_a_restart(tmp_path: Path) -> None:
    with stores(tmp_path) as before:
        namespace = before.kv.create(ACCOUNT, "CACHE")
        before.kv.put(namespace, KvWrite("key", b"\x00\xff", metadata='{"a":1}'))
    with stores(tmp_path) as after:
        pair = after.kv.get(namespace, "key")
    assert pair is not None
    assert (pair.value, pair.key.metadata) == (b"\x00\xff", '{"a":1}')


def test_a_pair_is_gone_when_its_time_is_up(
    kv: KvStore, namespace: KvNamespace, clock: Clock
) -> None:
    kv.put(namespace, KvWrite("key", b"value", ttl=60))
    clock.now = NOW + 59
    assert names(kv, namespace) == ["key"]
    clock.now = NOW + 60
    assert kv.get(namespace, "key") is None
    assert names(kv, namespace) == []


def test_a_time_to_live_wins_over_an_expiration(kv: KvStore, namespace: KvNamespace) -> None:
    kv.put(namespace, KvWrite("key", b"value", expiration=int(NOW) + 900, ttl=60))
    pair = kv.get(namespace, "key")
    assert pair is not None
    assert pair.key.expires_at == int(NOW) + 60


def test_writing_again_forgets_metadata_and_expiration(kv: KvStore, namespace: KvNamespace) -> None:
    kv.put(namespace, KvWrite("key", b"one", metadata="{}", ttl=60))
    kv.put(namespace, KvWrite("key", b"two"))
    pair = kv.get(namespace, "key")
    assert pair is not None
    assert (pair.value, pair.key.metadata, pair.key.expires_at) == (b"two", None, None)


@pytest.mark.parametrize(
    ("write", "error"),
    [
        (KvWrite("", b""), KvIllegalKey),
        (KvWrite("..", b""), KvIllegalKey),
        (KvWrite("é" * 257, b""), KvKeyTooLong),
        (KvWrite("k", bytes(25 * 1024 * 1024 + 1)), KvPayloadTooLarge),
        (KvWrite("\ud800", b""), KvIllegalKey),
        (KvWrite("k", b"", metadata="{"), KvInvalidMetadata),
        (KvWrite("k", b"", metadata="1e999"), KvInvalidMetadata),
        (KvWrite("k", b"", metadata='"\\ud800"'), KvInvalidMetadata),
        (KvWrite("k", b"", metadata="[" * 1000), KvInvalidMetadata),
        (KvWrite("k", b"", metadata=f'"{"x" * 1023}"'), KvMetadataTooLarge),
        (KvWrite("k", b"", ttl=59), KvInvalidTtl),
        (KvWrite("k", b"", ttl="soon"), KvInvalidTtl),
        (KvWrite("k", b"", expiration=int(NOW) + 59), KvInvalidExpiration),
        (KvWrite("k", b"", expiration=True), KvInvalidExpiration),
    ],
)
def test_what_cloudflare_refuses_is_refused(
    kv: KvStore, namespace: KvNamespace, write: KvWrite, error: type[Exception]
) -> None:
    with pytest.raises(error):
        kv.put(namespace, write)


def test_limits_are_reached_but_not_passed(kv: KvStore, namespace: KvNamespace) -> None:
    kv.put(namespace, KvWrite("k" * 512, b"", metadata=f'"{"x" * 1022}"', ttl=60))
    assert names(kv, namespace) == ["k" * 512]


def test_writes_together_are_stored_all_or_none(kv: KvStore, namespace: KvNamespace) -> None:
    with pytest.raises(KvInvalidTtl):
        kv.put(namespace, KvWrite("good", b""), KvWrite("bad", b"", ttl=1))
    assert names(kv, namespace) == []


def test_keys_come_in_the_order_of_their_bytes(kv: KvStore, namespace: KvNamespace) -> None:
    wanted = ["a", "a/b", "b", "z", "é", "☃", "\U0001f600"]
    kv.put(namespace, *(KvWrite(name, b"") for name in reversed(wanted)))
    assert names(kv, namespace) == wanted


def test_pages_together_are_the_whole_list(kv: KvStore, namespace: KvNamespace) -> None:
    wanted = [f"é%_{number:02}" for number in range(7)]
    kv.put(namespace, *(KvWrite(name, b"") for name in [*wanted, "other"]))
    seen, cursor = [], ""
    while True:
        page = kv.keys(namespace, prefix="é%_", cursor=cursor, limit=3)
        seen += [key.name for key in page.keys]
        if page.cursor is None:
            break
        cursor = page.cursor
    assert seen == wanted


def test_a_prefix_may_hold_any_character(kv: KvStore, namespace: KvNamespace) -> None:
    kv.put(
        namespace,
        KvWrite("a\0b", b""),
        KvWrite("a\0c", b""),
        KvWrite("a", b""),
        KvWrite("b\nc", b""),
    )
    assert names(kv, namespace, prefix="a\0b") == ["a\0b"]
    assert names(kv, namespace, prefix="b\n") == ["b\nc"]


def test_a_cursor_of_no_listing_is_refused(kv: KvStore, namespace: KvNamespace) -> None:
    with pytest.raises(KvInvalidCursor):
        kv.keys(namespace, cursor="not a cursor")


def test_clearing_forgets_every_account(kv: KvStore, namespace: KvNamespace) -> None:
    kv.put(namespace, KvWrite("key", b"value"))
    kv.clear()
    assert kv.namespaces(ACCOUNT) == []
