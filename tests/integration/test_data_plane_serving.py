"""Workers that were uploaded run in workerd and answer through the data plane."""

import time
from collections.abc import Iterator

import pytest

from support.data_plane import Site, eventually, ref, serving

ECHO = """
export default {
  async fetch(request, env) {
    return Response.json({
      url: request.url, method: request.method, env, colo: request.cf?.colo,
      headers: Object.fromEntries(request.headers), body: await request.text(),
    });
  },
};
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("plane")) as site:
        yield site


def test_a_worker_sees_its_vars_secrets_and_version(site: Site) -> None:
    version = site.source.publish(
        "vars",
        ECHO,
        {"type": "plain_text", "name": "TEXT", "text": "plain"},
        {"type": "secret_text", "name": "SECRET", "text": "hidden"},
        {"type": "json", "name": "JSON", "json": {"deep": [1, None, "two"]}},
        {"type": "version_metadata", "name": "VERSION"},
    )

    assert site.ask("vars").json()["env"] == {
        "TEXT": "plain",
        "SECRET": "hidden",
        "JSON": {"deep": [1, None, "two"]},
        "VERSION": {
            "id": version,
            "tag": f"tag-{int(version[:8])}",
            "timestamp": "2026-01-02T03:04:05.678901Z",
        },
    }


def test_a_worker_sees_the_public_url_and_what_the_edge_adds(site: Site) -> None:
    site.source.publish("url", ECHO)

    forged = {"CF-Connecting-IP": "6.6.6.6", "MF-Original-URL": "http://evil/", "X-Mine": "kept"}
    answer = site.ask("url", "/a%20b//c?x=%2F&y=1", headers=forged)

    seen = answer.json()
    assert seen["url"] == f"http://url.acme.workers.localhost:{site.port}/a%20b//c?x=%2F&y=1"
    assert seen["colo"] == "DFW"
    assert seen["headers"]["cf-connecting-ip"] == "127.0.0.1"
    assert seen["headers"]["cf-ray"] == answer.headers["cf-ray"]
    assert seen["headers"]["x-mine"] == "kept"
    assert not [name for name in seen["headers"] if name.startswith(("mf-", "localedge-"))]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_each_method_arrives_as_it_is(site: Site, method: str) -> None:
    site.source.publish("methods", ECHO)

    assert site.ask("methods", method=method).json()["method"] == method


def test_head_has_the_headers_and_no_body(site: Site) -> None:
    site.source.publish("head", ECHO)

    answer = site.ask("head", method="HEAD")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/json"


def test_bodies_arrive_whole_with_a_length_and_in_chunks(site: Site) -> None:
    site.source.publish("bodies", ECHO)
    parts = [b"x" * 100_000, b"y" * 100_000]

    with_length = site.ask("bodies", method="POST", data=b"".join(parts)).json()
    chunked = site.ask("bodies", method="POST", data=iter(parts)).json()

    assert with_length["body"] == chunked["body"] == b"".join(parts).decode()
    assert with_length["headers"]["content-length"] == "200000"
    assert chunked["headers"]["transfer-encoding"] == "chunked"


def test_status_and_headers_of_an_answer_are_not_rewritten(site: Site) -> None:
    site.source.publish(
        "raw",
        """export default { fetch() {
          const headers = new Headers({ Location: "/next", "Content-Type": "text/css" });
          headers.append("Set-Cookie", "a=1"); headers.append("Set-Cookie", "b=2");
          return new Response("body", { status: 302, headers });
        } };""",
    )

    answer = site.ask("raw", allow_redirects=False)

    assert (answer.status_code, answer.text) == (302, "body")
    assert answer.headers["location"] == "/next"
    assert answer.headers["set-cookie"] == "a=1, b=2"


@pytest.mark.parametrize("kind", ["text/event-stream", "text/plain"])
def test_an_answer_streams_as_it_is_made(site: Site, kind: str) -> None:
    """The Worker sends each part only after another request said that the one before arrived."""
    site.source.publish(
        "stream",
        f"""let arrived = 0;
        export default {{ fetch(request) {{
          if (request.method === "POST") return new Response(String(++arrived));
          const {{ readable, writable }} = new TransformStream();
          (async () => {{
            const writer = writable.getWriter();
            for (let i = 0; i < 3; i++) {{
              await writer.write(new TextEncoder().encode(`data: ${{i}}\\n\\n`));
              while (arrived <= i) await scheduler.wait(10);
            }}
            await writer.close();
          }})();
          return new Response(readable, {{ headers: {{ "Content-Type": "{kind}" }} }});
        }} }};""",
    )

    with site.ask("stream", stream=True) as answer:
        parts = answer.iter_content(None)
        for number in range(3):
            assert next(parts) == f"data: {number}\n\n".encode()
            assert site.ask("stream", method="POST").text == str(number + 1)
        assert list(parts) == []


def test_a_request_streams_while_it_is_sent(site: Site) -> None:
    """The client sends each part only after another request said that the one before arrived."""
    site.source.publish(
        "upload",
        """let arrived = 0;
        export default { async fetch(request) {
          if (request.method === "GET") return new Response(String(arrived));
          for await (const chunk of request.body) arrived += chunk.byteLength;
          return new Response("read");
        } };""",
    )

    def parts() -> Iterator[bytes]:
        for sent in ("4", "8", "12"):
            yield b"part"
            wait_for_answer(site, "upload", sent)

    assert site.ask("upload", method="POST", data=parts()).text == "read"


def wait_for_answer(site: Site, name: str, text: str) -> None:
    eventually(lambda: site.ask(name).text == text)


def test_an_answer_given_before_the_request_is_read_arrives(site: Site) -> None:
    source = "export default { fetch: () => new Response('too large', { status: 413 }) };"
    site.source.publish("early", source)

    answers = [site.ask("early", method="POST", data=bytes(8 * 2**20)) for _ in range(12)]

    assert [answer.status_code for answer in answers] == [413] * 12


def test_a_body_that_nobody_reads_harms_no_later_request(site: Site) -> None:
    site.source.publish("unread", "export default { fetch: () => new Response('done') };")

    answers = [site.ask("unread", method="POST", data=b"unread") for _ in range(20)]

    assert {answer.status_code for answer in answers} == {200}


def test_a_client_that_goes_ends_the_workers_stream(site: Site) -> None:
    site.source.publish(
        "endless",
        """export default { fetch() {
          return new Response(new ReadableStream({
            async pull(controller) {
              await scheduler.wait(20);
              console.log("more");
              controller.enqueue(new TextEncoder().encode("more "));
            },
          }));
        } };""",
    )

    with site.connection("endless") as connection:
        assert connection.getresponse().read(5) == b"more "
        assert site.in_flight("endless") == 1

    eventually(lambda: site.in_flight("endless") == 0)
    eventually(lambda: settled(site, "endless"))


def test_a_client_that_does_not_read_slows_the_worker_down(site: Site) -> None:
    site.source.publish(
        "gush",
        """export default { fetch() {
          const chunk = new Uint8Array(1_000_000);
          return new Response(new ReadableStream({ pull(controller) {
            console.log("pulled");
            controller.enqueue(chunk);
          } }));
        } };""",
    )

    with site.connection("gush") as connection:
        connection.getresponse().read(10)
        eventually(lambda: settled(site, "gush"))
        pulled = len(messages(site, "gush"))

    assert pulled < 60  # MB: the buffers of three sockets, not what the Worker could make


def settled(site: Site, name: str) -> bool:
    before = len(messages(site, name))
    time.sleep(0.3)
    return len(messages(site, name)) == before


def test_a_client_that_goes_before_the_answer_ends_the_request(site: Site) -> None:
    site.source.publish(
        "slow", "export default { async fetch() { await scheduler.wait(30_000); } };"
    )

    with site.connection("slow"):
        eventually(lambda: site.in_flight("slow") == 1)

    eventually(lambda: site.in_flight("slow") == 0)


def test_a_worker_that_throws_gives_error_1101_and_a_log_line(site: Site) -> None:
    site.source.publish("throws", "export default { fetch() { throw new Error('my secret'); } };")

    answer = site.ask("throws")

    assert answer.status_code == 500
    assert "1101" in answer.text
    assert "my secret" not in answer.text
    eventually(lambda: "Uncaught Error: my secret" in messages(site, "throws"))


def test_a_workers_own_500_is_its_own(site: Site) -> None:
    site.source.publish(
        "own", "export default { fetch: () => new Response('sorry', { status: 500 }) };"
    )

    assert (site.ask("own").status_code, site.ask("own").text) == (500, "sorry")


@pytest.mark.parametrize("name", ["absent", "uploaded-only"])
def test_a_name_without_a_deployment_is_nothing_yet(site: Site, name: str) -> None:
    site.source.upload("uploaded-only", ECHO)

    answer = site.ask(name)

    assert answer.status_code == 404
    assert "There is nothing here yet" in answer.text


def test_a_cron_runs_the_scheduled_handler(site: Site) -> None:
    site.source.publish(
        "cron",
        """export default {
          scheduled(event) {
            if (event.cron === "bad") throw new Error("no such job");
            console.log(event.cron, new Date(event.scheduledTime).toISOString());
          },
        };""",
    )

    assert site.run(site.data_plane.scheduled(ref("cron"), "0 * * * *", 1_000)) == "ok"
    assert site.run(site.data_plane.scheduled(ref("cron"), "bad", 2_000)) == "exception"
    eventually(lambda: "0 * * * * 1970-01-01T00:00:01.000Z" in messages(site, "cron"))


def test_service_binding_reaches_the_live_version(site: Site) -> None:
    site.source.publish("backend", ECHO)
    site.source.publish(
        "caller",
        """export default { fetch: (request, env) => env.BACKEND.fetch("https://inner/path?q=1", {
          method: "POST", body: "from the caller" }) };""",
        {"type": "service", "name": "BACKEND", "service": "backend"},
    )

    seen = site.ask("caller").json()

    assert (seen["url"], seen["body"]) == ("https://inner/path?q=1", "from the caller")
    assert seen["headers"]["host"] == "inner"


def test_a_binding_that_is_not_simulated_says_so_when_used(site: Site) -> None:
    site.source.publish(
        "absent",
        """export default { fetch(request, env) {
          try { return new Response(env.PAGES.input()); } catch (error) {
            return new Response(error.message); } } };""",
        {"type": "images", "name": "PAGES"},
    )

    assert site.ask("absent").text == (
        "localedge does not simulate bindings of type images; .input was used"
    )


def test_a_browser_binding_has_no_browser_and_says_so(site: Site) -> None:
    """The requests are those of @cloudflare/puppeteer and @cloudflare/playwright."""
    site.source.publish(
        "browsing",
        """export default { async fetch(request, { PAGES }) {
          if (request.method === "PUT") return PAGES.quickAction("pdf", { url: "https://x/" });
          return PAGES.fetch(request.url.replace("http:", "https:"), { method: request.method });
        } };""",
        {"type": "browser", "name": "PAGES"},
    )

    browser = "/v1/devtools/browser?keep_alive=60000"
    for method, path in (("POST", browser), ("GET", browser), ("GET", "/v1/acquire"), ("PUT", "/")):
        answer = site.ask("browsing", path, method=method)
        assert (answer.status_code, answer.text) == (
            503,
            "localedge has no browser: none is simulated",
        )
    assert site.ask("browsing", "/v1/limits").json()["maxConcurrentSessions"] == 0
    assert site.ask("browsing", "/v1/sessions").json() == {"sessions": []}


def messages(site: Site, name: str) -> list[str]:
    return [line.message for line in site.data_plane.logs(ref(name))]


def test_a_response_is_encoded_for_what_the_client_accepts(site: Site) -> None:
    site.source.publish(
        "encoded",
        """
        export default {
          fetch(request) {
            const headers = { "Content-Type": "text/html", ETag: '"one"' };
            const encoding = new URL(request.url).searchParams.get("encoding");
            if (encoding) headers["Content-Encoding"] = encoding;
            return new Response("<p>hello</p>".repeat(100), { headers });
          },
        };
        """,
    )
    page = "<p>hello</p>" * 100

    for path, accepted, encoding, etag in (
        ("/", "gzip, br", "gzip", 'W/"one"'),
        ("/", "identity", None, '"one"'),
        ("/", None, None, '"one"'),
        ("/?encoding=gzip", "gzip", "gzip", '"one"'),
        ("/?encoding=gzip", "identity", None, '"one"'),
        ("/?encoding=br", None, None, '"one"'),
    ):
        answer = site.ask("encoded", path, headers={"Accept-Encoding": accepted})
        assert answer.headers.get("content-encoding") == encoding
        assert answer.headers["etag"] == etag
        assert answer.text == page


MAIL = """
import { EmailMessage } from "cloudflare:email";
export default { async fetch({ url }, { MAIL }) {
  const to = new URL(url).searchParams.get("to");
  const raw = `From: a@example.com\\r\\nTo: ${to}\\r\\nMessage-ID: <1@example.com>\\r\\n\\r\\nbody`;
  return MAIL.send(new EmailMessage("a@example.com", to, raw)).then(
    () => new Response("taken"), (error) => new Response(String(error)));
} };
"""


def test_email_is_checked_but_not_sent_and_the_log_says_so(site: Site) -> None:
    bound = {"type": "send_email", "name": "MAIL", "destination_address": "b@example.com"}
    site.source.publish("mail", MAIL, bound)
    assert site.ask("mail", "/?to=b@example.com").text == "taken"
    assert "not allowed" in site.ask("mail", "/?to=c@example.com").text
    said = "localedge sends no email"
    logs = site.data_plane.logs
    eventually(lambda: any(it.message.startswith(said) for it in logs(ref("mail"))))
