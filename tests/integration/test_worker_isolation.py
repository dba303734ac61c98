"""Whatever is sent, one tenant reaches nothing of another: neither what it keeps nor its limits."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.project import ROOT
from support.worker import EMBEDDING_PROBE, Build, Cloud, Deployed, digest, tenant

SECRET = "the-secret-of-acme"
SESSION = str(UUID(int=7))
PLENTY = {"perMinute": 100, "burst": 100_000, "windowSec": 3_600}
"""An hour's window: no place in it becomes free while a test runs."""
ACME, BOLT = (
    tenant(name, rateLimit=PLENTY, featureFlags={"trustUserId": True}) for name in ("acme", "bolt")
)
WORKER = ROOT / "src" / "worker"


@dataclass(frozen=True)
class Fleet:
    """Who serves each tenant, and the cache that all of them are bound to."""

    workers: Mapping[str, Deployed]
    world: Cloud

    def ask(self, who: str, path: str, **options: Any) -> Any:
        return self.workers[who].ask(path, headers={"x-api-key": f"{who}-key"}, **options)

    def chat(self, who: str, message: str, session: str) -> Any:
        return self.workers[who].chat(message, session, headers={"x-api-key": f"{who}-key"})

    def said(self, who: str, session: str) -> list[str]:
        """Return what a tenant's session holds of this tenant's words."""
        found = self.workers[who].history(session, **{"x-api-key": f"{who}-key"})
        return [message["content"] for message in found[::2]]

    def used(self, who: str) -> tuple[int, int]:
        """Return how many tokens of its budget and places of its window a tenant has used."""
        answer = self.ask(who, "/metrics")
        tokens = answer.json()["data"]["budget"]["daily"]["used"]
        places = int(answer.headers["x-ratelimit-limit"])
        return tokens, places - int(answer.headers["x-ratelimit-remaining"])

    def cached(self) -> Counter[str]:
        """Return how many keys of the cache are each tenant's."""
        return Counter(name.partition(":")[0] for name in self.world.cached())


@pytest.fixture(scope="module")
def fleets(world: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Fleet]:
    source = Build(tmp_path_factory.mktemp("build")).bundle_with(EMBEDDING_PROBE)
    both = world.deploy(source, [ACME, BOLT])
    apart = {"acme": world.deploy(source, ACME), "bolt": world.deploy(source, BOLT)}
    together = {"acme": both, "bolt": both}
    return {"together": Fleet(together, world), "apart": Fleet(apart, world)}


@dataclass
class Expected:
    """What each tenant must have, if nothing of one ever reaches the other."""

    said: defaultdict[tuple[str, int], list[str]] = field(default_factory=lambda: defaultdict(list))
    tokens: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    embedded: set[tuple[str, int]] = field(default_factory=set)


steps = st.tuples(
    st.sampled_from(["acme", "bolt"]),
    st.sampled_from(["chat", "delete", "embed"]),
    st.integers(0, 1),
)


@pytest.mark.parametrize("where", ["together", "apart"])
@settings(max_examples=2, deadline=None)
@example([("acme", "chat", 0), ("bolt", "chat", 0), ("bolt", "delete", 0)])
@example([("acme", "embed", 0), ("bolt", "embed", 0), ("acme", "embed", 0)])
@given(steps=st.lists(steps, min_size=2, max_size=5))
def test_what_one_tenant_does_changes_nothing_of_the_other(
    fleets: Mapping[str, Fleet], where: str, steps: list[tuple[str, str, int]]
) -> None:
    fleet, expected = fleets[where], Expected()
    ids = [str(uuid4()), str(uuid4())]  # the same for both tenants
    before = {who: fleet.used(who) for who in ("acme", "bolt")}
    cached = fleet.cached()
    for number, (who, step, index) in enumerate(steps):
        _do(fleet, expected, who, step, index, ids[index], f"{who} {number}")
        for other in ("acme", "bolt"):
            for place, session in enumerate(ids):
                assert fleet.said(other, session) == expected.said[other, place]
            expected.places[other] += len(ids) + 1  # what was just looked at, and the next line
            tokens, places = fleet.used(other)
            assert tokens - before[other][0] == expected.tokens[other]
            assert places - before[other][1] == expected.places[other]
        assert fleet.cached() - cached == Counter(name for name, _ in expected.embedded)


def _do(
    fleet: Fleet, expected: Expected, who: str, step: str, index: int, session: str, message: str
) -> None:
    """Let a tenant do something, and note what that changes of this tenant's."""
    expected.places[who] += 1
    if step == "chat":
        usage = fleet.chat(who, message, session).json()["data"]["usage"]
        expected.said[who, index].append(message)
        expected.tokens[who] += usage["totalTokens"]
    elif step == "delete":
        assert fleet.ask(who, f"/chat/{session}", method="DELETE").ok
        expected.said[who, index].clear()
    else:
        assert fleet.ask(who, f"/embed/{session}").ok
        expected.embedded.add((who, index))


names = st.sampled_from(
    ["acme", "bolt", "Acme", "acme ", "acme,bolt", "acme:", "", "*", f"acme:{SESSION}", "../acme"]
)
keys = st.sampled_from(
    ["bolt-key", "acme", digest("acme-key"), "", "acme-kez", "null", "bolt-key,acme-key"]
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
headers = st.fixed_dictionaries(
    {"x-api-key": keys},
    optional={
        "x-tenant-id": names,
        "authorization": keys.map(lambda key: f"Bearer {key}".strip()),
        "origin": hosts.map(lambda host: f"https://{host}"),
        "x-user-id": names,
    },
)


@pytest.mark.parametrize("where", ["together", "apart"])
@settings(max_examples=8, deadline=None)
@example({"x-api-key": "bolt-key", "x-tenant-id": "acme"}, SESSION, "GET")
@example({"x-api-key": "bolt-key"}, SESSION, "DELETE")
@example({"x-api-key": "bolt-key"}, SESSION, "POST")
@given(sent=headers, path=paths, method=st.sampled_from(["GET", "DELETE", "POST"]))
def test_without_its_key_nothing_of_a_tenant_is_reached(
    fleets: Mapping[str, Fleet], where: str, sent: dict[str, str], path: str, method: str
) -> None:
    fleet = fleets[where]
    if not fleet.said("acme", SESSION):
        fleet.chat("acme", SECRET, SESSION)
    tokens, places = fleet.used("acme")

    answers = _attack(fleet, {name: value.strip() for name, value in sent.items()}, path, method)

    assert all(SECRET not in answer.text for answer in answers)
    assert {answer.status_code for answer in answers} <= {200, 400, 401, 403, 404}
    assert fleet.said("acme", SESSION) == [SECRET]
    assert fleet.used("acme") == (tokens, places + 2)  # the two looks of these lines


def _attack(fleet: Fleet, sent: dict[str, str], path: str, method: str) -> list[Any]:
    """Send a request to every Worker that there is, with or without the other tenant in it."""
    url = {"GET": f"/chat/{path}/history", "DELETE": f"/chat/{path}", "POST": "/chat"}[method]
    body = {"sessionId": path, "message": "of bolt", "stream": False} if method == "POST" else None
    workers = {worker.name: worker for worker in fleet.workers.values()}
    return [it.ask(url, method=method, headers=sent, json=body) for it in workers.values()]


def test_a_worker_for_one_tenant_knows_no_key_of_another(fleets: Mapping[str, Fleet]) -> None:
    bolts = fleets["apart"].workers["bolt"]
    fleets["apart"].chat("acme", SECRET, SESSION)

    assert bolts.ask(f"/chat/{SESSION}/history").status_code == 401
    assert SECRET not in fleets["apart"].said("bolt", SESSION)


@pytest.mark.parametrize(
    ("binding", "room"),
    [
        (r"\.(CACHE|CONFIG|RATE_LIMITER)\b", "storage/cache.ts"),
        (r"\.(CHAT_SESSION|RATE_LIMITER_DO)\b", "objects/named.ts"),
        (r"idFromName|idFromString|newUniqueId|getByName", "objects/named.ts"),
    ],
)
def test_storage_keys_always_begin_with_the_tenant(binding: str, room: str) -> None:
    using = {
        file.relative_to(WORKER)
        for file in WORKER.rglob("*.ts")
        if re.search(binding, file.read_text())
    }

    assert using == {Path(room)}
