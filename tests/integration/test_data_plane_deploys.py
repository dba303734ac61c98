"""Deployments change under traffic: nothing fails, and nothing stale answers."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from localedge.model import Json
from support.data_plane import Site, eventually, ref, serving

VERSION: Mapping[str, Json] = {"type": "version_metadata", "name": "VERSION"}
OBJECT: Mapping[str, Json] = {
    "type": "durable_object_namespace",
    "name": "COUNTER",
    "class_name": "Counter",
    "namespace_id": "0f" * 16,
}

SAY_VERSION = """
export default {
  async fetch(request, env) {
    const wait = Number(new URL(request.url).searchParams.get("wait") ?? 0);
    const { readable, writable } = new TransformStream();
    (async () => {
      const writer = writable.getWriter();
      await writer.write(new TextEncoder().encode(env.VERSION.id));
      await scheduler.wait(wait);
      await writer.write(new TextEncoder().encode(" end"));
      await writer.close();
    })();
    return new Response(readable);
  },
};
"""

COUNT = """
import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  async increment() {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS hits (at INTEGER)");
    this.ctx.storage.sql.exec("INSERT INTO hits VALUES (1)");
    const { hits } = this.ctx.storage.sql.exec("SELECT count(*) AS hits FROM hits").one();
    return { hits, owner: this.env.VERSION.id };
  }
}
export default {
  async fetch(request, env) {
    const wait = Number(new URL(request.url).searchParams.get("wait") ?? 0);
    const counter = env.COUNTER.get(env.COUNTER.idFromName("only"));
    const counted = await counter.increment();
    await scheduler.wait(wait);
    return Response.json({ ...counted, version: env.VERSION.id });
  },
};
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("plane"), handover_seconds=30) as site:
        yield site


def answering(site: Site, name: str, **headers: str) -> str:
    """Return the id of the version that answers."""
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    answer = site.ask(name, headers=sent)
    assert answer.status_code == 200, answer.text
    return answer.text.removesuffix(" end")


def test_a_split_sends_about_its_share_to_each_version(site: Site) -> None:
    old = site.source.upload("split", SAY_VERSION, VERSION)
    new = site.source.upload("split", SAY_VERSION, VERSION)
    site.source.deploy("split", (old, 75), (new, 25))

    counts = Counter(answering(site, "split") for _ in range(80))

    assert set(counts) == {old, new}
    assert 41 <= counts[old] <= 79  # 75 % of 80, give or take 5 standard deviations


def test_other_percentages_need_no_restart(site: Site) -> None:
    old = site.source.upload("weights", SAY_VERSION, VERSION)
    new = site.source.upload("weights", SAY_VERSION, VERSION)
    site.source.deploy("weights", (old, 100), (new, 0))
    assert answering(site, "weights") == old
    before = site.instance("weights")

    site.source.deploy("weights", (old, 0), (new, 100))
    assert answering(site, "weights") == new
    site.source.deploy("weights", (new, 100))
    assert answering(site, "weights") == new

    assert site.instance("weights") is before


def test_an_override_reaches_a_version_at_0_percent(site: Site) -> None:
    old = site.source.upload("override", SAY_VERSION, VERSION)
    new = site.source.upload("override", SAY_VERSION, VERSION)
    site.source.deploy("override", (old, 100), (new, 0))

    def asked_for(version: str) -> str:
        overrides = {"Cloudflare_Workers_Version_Overrides": f'override="{version}"'}
        return answering(site, "override", **overrides)

    assert asked_for(new) == new
    assert asked_for("not-deployed") == old


def test_a_version_key_stays_with_its_version(site: Site) -> None:
    old = site.source.upload("sticky", SAY_VERSION, VERSION)
    new = site.source.upload("sticky", SAY_VERSION, VERSION)
    site.source.deploy("sticky", (old, 50), (new, 50))

    for key in ("alice", "bob", "carol", "dave"):
        seen = {answering(site, "sticky", Cloudflare_Workers_Version_Key=key) for _ in range(5)}
        assert len(seen) == 1


def test_a_preview_host_reaches_a_version_that_is_not_deployed(site: Site) -> None:
    site.source.publish("preview", SAY_VERSION, VERSION)
    waiting = site.source.upload("preview", SAY_VERSION, VERSION)

    assert answering(site, f"{waiting[:8]}-preview") == waiting


def test_a_preview_host_reaches_a_deployed_version(site: Site) -> None:
    old = site.source.upload("parts", SAY_VERSION, VERSION)
    new = site.source.upload("parts", SAY_VERSION, VERSION)
    site.source.deploy("parts", (old, 100), (new, 0))

    assert answering(site, f"{new[:8]}-parts") == new


def test_no_preview_of_an_undeployed_version_with_objects(site: Site) -> None:
    site.source.publish("stateful", COUNT, OBJECT, VERSION)
    waiting = site.source.upload("stateful", COUNT, OBJECT, VERSION)

    assert site.ask(f"{waiting[:8]}-stateful").status_code == 404


def test_a_stream_ends_on_the_version_that_began_it(site: Site) -> None:
    old = site.source.publish("drain", SAY_VERSION, VERSION)

    with site.connection("drain", "/?wait=1000") as connection:
        begun = connection.getresponse()
        assert begun.read(36).decode() == old
        new = site.source.publish("drain", SAY_VERSION, VERSION)
        assert answering(site, "drain") == new
        assert begun.read() == b" end"


def test_no_request_fails_through_five_deploys(site: Site) -> None:
    site.source.publish("busy", SAY_VERSION, VERSION)
    site.source.publish("neighbour", SAY_VERSION, VERSION)
    polling = Poller(site, "busy"), Poller(site, "neighbour")

    for _ in range(5):
        deployed = site.source.publish("busy", SAY_VERSION, VERSION)
        changed = time.monotonic()
        assert answering(site, "busy") == deployed
        for poller in polling:
            poller.hear(3)
        polling[0].expect(deployed, since=changed)

    for poller in polling:
        poller.stop()
        assert poller.failures == []


def test_objects_keep_their_data_through_deploys_and_restarts(tmp_path: Path) -> None:
    with serving(tmp_path) as site:
        for count in (1, 2):
            version = site.source.publish("stored", COUNT, OBJECT, VERSION)
            expected = {"hits": count, "owner": version, "version": version}
            assert site.ask("stored").json() == expected
        source = site.source
    with serving(tmp_path, source) as site:
        assert site.ask("stored").json()["hits"] == 3
        site.run(site.data_plane.drop_storage(["0f" * 16]))
        assert site.ask("stored").json()["hits"] == 1


def test_larger_share_owns_the_objects_of_both_versions(tmp_path: Path) -> None:
    with serving(tmp_path) as site:
        old = site.source.upload("shared", COUNT, OBJECT, VERSION)
        new = site.source.upload("shared", COUNT, OBJECT, VERSION)
        for shares, owner in (((90, 10), old), ((50, 50), new), ((10, 90), new)):
            site.source.deploy("shared", (old, shares[0]), (new, shares[1]))
            for version in (old, new):
                header = {"Cloudflare-Workers-Version-Overrides": f'shared="{version}"'}
                counted = site.ask("shared", headers=header).json()
                assert (counted["version"], counted["owner"]) == (version, owner)
        assert counted["hits"] == 6


def test_no_count_is_lost_while_objects_change_versions(site: Site) -> None:
    namespace = {**OBJECT, "namespace_id": "aa" * 16}
    site.source.publish("handover", COUNT, namespace, VERSION)
    poller = Poller(site, "handover")

    for _ in range(4):
        site.source.publish("handover", COUNT, namespace, VERSION)
        poller.hear(5)
    poller.stop()

    assert poller.failures == []
    assert site.ask("handover").json()["hits"] == len(poller.answers) + 1


def test_new_requests_wait_for_old_ones_that_use_objects(site: Site) -> None:
    namespace = {**OBJECT, "namespace_id": "bb" * 16}
    site.source.publish("waits", COUNT, namespace, VERSION)
    assert site.ask("waits").json()["hits"] == 1
    eventually(lambda: site.in_flight("waits") == 0)  # or this one would count as the old one

    began = time.monotonic()
    with site.connection("waits", "/?wait=600") as connection:
        eventually(lambda: site.in_flight("waits") == 1)
        deployed = site.source.publish("waits", COUNT, namespace, VERSION)
        assert site.ask("waits").json()["owner"] == deployed
        assert time.monotonic() - began >= 0.6  # as long as the old one takes
        assert connection.getresponse().status == 200


def test_a_script_that_is_removed_is_gone_at_once(site: Site) -> None:
    site.source.publish("doomed", SAY_VERSION, VERSION)
    answering(site, "doomed")

    del site.source.deployments[ref("doomed")]
    site.loop.call_soon_threadsafe(site.data_plane.removed, ref("doomed"))

    assert site.ask("doomed").status_code == 404
    eventually(lambda: site.instance("doomed") is None)


PAUSE_SECONDS = 0.02


class Poller:
    """Asks one Worker all the time, and keeps what it heard and when."""

    def __init__(self, site: Site, name: str) -> None:
        self.answers: list[tuple[float, str]] = []
        self.failures: list[str] = []
        self._site, self._name = site, name
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)
        self._thread.start()

    def _poll(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                answer = self._site.ask(self._name)
            except OSError as error:
                self.failures.append(str(error))
                continue
            if answer.status_code != 200:
                self.failures.append(answer.text)
            self.answers.append((began, answer.text.removesuffix(" end")))
            self._stop.wait(PAUSE_SECONDS)

    def hear(self, more: int) -> None:
        """Wait until so many more answers came, or one failed."""
        enough = len(self.answers) + more
        eventually(lambda: len(self.answers) >= enough or bool(self.failures))

    def expect(self, version: str, *, since: float) -> None:
        """Check that all that was asked since then was answered by this version."""
        assert {text for began, text in self.answers if began > since} <= {version}

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)
