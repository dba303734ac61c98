"""A Worker dispatches requests by name to the Workers of a dispatch namespace."""

from collections.abc import Iterator

import pytest

from support.data_plane import Site, serving

USER = """
export default {
  hello: (name) => `hello ${name}`,
  async fetch(request) {
    return Response.json({
      url: request.url, body: await request.text(), private: request.headers.get("localedge-key"),
    });
  },
};
"""
DISPATCHER = """
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    try {
      const worker = env.DISPATCHER.get(url.searchParams.get("worker"));
      if (url.pathname === "/rpc") return new Response(await worker.hello("Ada"));
      return await worker.fetch("https://inner/path", { method: "POST", body: "given" });
    } catch (error) {
      return new Response(error.message, { status: 404 });
    }
  },
};
"""
NAMESPACE = {"type": "dispatch_namespace", "name": "DISPATCHER", "namespace": "Customers"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("plane")) as site:
        yield site


def test_a_request_reaches_the_worker_of_the_name(site: Site) -> None:
    site.source.publish("Customers/acme", USER)
    site.source.publish("platform", DISPATCHER, NAMESPACE)

    assert site.ask("platform", "/?worker=acme").json() == {
        "url": "https://inner/path",
        "body": "given",
        "private": None,
    }
    assert site.ask("platform", "/rpc?worker=acme").text == "hello Ada"
    for path in ("/?worker=globex", "/rpc?worker=globex", "/?worker=..%2Fplatform"):
        missing = site.ask("platform", path)
        assert (missing.status_code, missing.text) == (404, "Worker not found.")


def test_an_outbound_worker_says_that_it_is_not_simulated(site: Site) -> None:
    outbound = {"worker": {"service": "filter"}, "params": [{"name": "customer"}]}
    site.source.publish("guarded", DISPATCHER, {**NAMESPACE, "outbound": outbound})

    assert site.ask("guarded", "/?worker=acme").text == (
        "localedge does not simulate outbound Workers (filter)"
    )
