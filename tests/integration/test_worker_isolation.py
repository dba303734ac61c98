"""Whatever is sent, one tenant reaches nothing of another."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.project import ROOT
from support.worker import Build, Cloud, Deployed, cloud, digest, tenant

SECRET = "the-secret-of-acme"
SESSION = str(UUID(int=7))
ACME, BOLT = tenant("acme"), tenant("bolt")
WORKER = ROOT / "src" / "worker"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with cloud(tmp_path_factory.mktemp("cloud")) as opened:
        yield opened


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    return Build(tmp_path_factory.mktemp("build")).bundle()


@pytest.fixture(scope="module")
def both(world: Cloud, source: str) -> Deployed:
    worker = world.deploy(source, [ACME, BOLT])
    assert worker.chat(SECRET, SESSION).ok
    return worker


tenants = st.sampled_from(["acme", "bolt"])
steps = st.tuples(tenants, st.sampled_from(["chat", "read", "delete"]), st.integers(0, 1))


@settings(max_examples=8, deadline=None)
@given(st.lists(steps, min_size=2, max_size=7))
def test_the_same_session_id_is_another_session_for_each_tenant(
    both: Deployed, steps: list[tuple[str, str, int]]
) -> None:
    sessions = [str(uuid4()), str(uuid4())]
    said: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for number, (who, step, index) in enumerate(steps):
        headers = {"x-api-key": f"{who}-key"}
        if step == "chat":
            both.chat(f"{who} {number}", sessions[index], headers=headers)
            said[who, index].append(f"{who} {number}")
        if step == "delete":
            both.ask(f"/chat/{sessions[index]}", method="DELETE", headers=headers)
            said[who, index].clear()
        messages = both.history(sessions[index], **headers)
        assert [it["content"] for it in messages[::2]] == said[who, index]


names = st.sampled_from(
    ["acme", "bolt", "Acme", "acme ", "acme,bolt", "acme:", "", "*", f"acme:{SESSION}", "../acme"]
)
keys = st.sampled_from(
    ["bolt-key", "acme", digest("acme-key"), "", "acme-key ", "null", "acme-kez"]
)
hosts = st.sampled_from(["acme.example", "bolt.example", "www.acme.example", ""])
paths = st.sampled_from(
    [
        SESSION,
        SESSION.upper(),
        f"acme:{SESSION}",
        f"..%2Facme%3A{SESSION}",
        f"bolt:..:acme:{SESSION}",
    ]
)


@settings(max_examples=80, deadline=None)
@given(
    st.fixed_dictionaries(
        {"x-api-key": keys.filter(lambda key: key.strip() != "acme-key")},
        optional={
            "x-tenant-id": names,
            "authorization": keys.map(lambda key: f"Bearer {key}".strip()),
            "origin": hosts.map(lambda host: f"https://{host}"),
            "x-user-id": names,
        },
    ),
    hosts,
    paths,
    st.sampled_from(["GET", "DELETE"]),
)
def test_without_its_key_nothing_of_a_tenant_is_reached(
    both: Deployed, headers: dict[str, str], host: str, path: str, method: str
) -> None:
    url = f"/chat/{path}/history" if method == "GET" else f"/chat/{path}"

    answer = both.ask(url, method=method, headers={k: v.strip() for k, v in headers.items()})

    assert SECRET not in answer.text
    assert answer.status_code in {200, 400, 401, 403, 404}
    assert both.history(SESSION)[0]["content"] == SECRET


def test_a_worker_for_one_tenant_knows_no_other(world: Cloud, source: str) -> None:
    alone = world.deploy(source, BOLT)

    assert alone.ask(f"/chat/{SESSION}/history").status_code == 401
    assert alone.history(SESSION, **{"x-api-key": "bolt-key"}) == []


@pytest.mark.parametrize(
    ("binding", "room"),
    [
        (r"\.(CACHE|CONFIG|RATE_LIMITER)\b", "storage/cache.ts"),
        (r"\.(CHAT_SESSION|RATE_LIMITER_DO)\b", "objects/named.ts"),
        (r"idFromName|idFromString|newUniqueId|getByName", "objects/named.ts"),
    ],
)
def test_storage_is_reached_by_one_way_that_puts_the_tenant_first(binding: str, room: str) -> None:
    using = {
        file.relative_to(WORKER)
        for file in WORKER.rglob("*.ts")
        if re.search(binding, file.read_text())
    }

    assert using == {Path(room)}
