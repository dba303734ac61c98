"""What the edge adds to a request, takes from it, and answers by itself."""

from localedge.runtime.edge import headers as edge

RAY = "0123456789abcdef-DFW"


def names(headers: edge.Headers) -> list[bytes]:
    return [name.lower() for name, _ in headers]


def test_hop_by_hop_and_private_headers_do_not_pass() -> None:
    sent = [
        (b"Connection", b"keep-alive"),
        (b"Transfer-Encoding", b"chunked"),
        (b"MF-Route-Override", b"other"),
        (b"LocalEdge-Version", b"forged"),
        (b"X-Mine", b"1"),
        (b"X-Mine", b"2"),
    ]

    passed = edge.request_headers(sent, "10.0.0.1", RAY)

    assert passed[:2] == [(b"X-Mine", b"1"), (b"X-Mine", b"2")]
    assert not {b"connection", b"transfer-encoding", b"mf-route-override"} & set(names(passed))


def test_the_client_cannot_forge_what_the_edge_says() -> None:
    passed = edge.request_headers([(b"cf-connecting-ip", b"6.6.6.6")], "10.0.0.1", RAY)

    assert [value for name, value in passed if name == b"CF-Connecting-IP"] == [b"10.0.0.1"]
    assert dict(passed)[b"CF-Ray"] == RAY.encode()


def test_a_service_bindings_request_gets_its_own_url_back() -> None:
    sent = [(b"host", b"x.service"), (b"localedge-url", b"https://inner:8/path?q")]

    passed = dict(edge.request_headers(sent, "127.0.0.1", RAY, internal=True))

    assert passed[b"Host"] == b"inner:8"
    assert passed[b"MF-Original-URL"] == b"https://inner:8/path?q"
    assert b"localedge-url" not in passed


def test_a_client_cannot_say_for_which_url_its_request_was_made() -> None:
    """Review 22: `localedge-url` from outside would set `request.url`."""
    sent = [(b"host", b"x"), (b"localedge-url", b"https://inner/"), (b"localedge-key", b"guess")]

    passed = dict(edge.request_headers(sent, "127.0.0.1", RAY))

    assert passed[b"host"] == b"x"
    assert not {b"MF-Original-URL", b"localedge-url", b"localedge-key"} & passed.keys()


def test_an_answer_keeps_repeated_headers_and_gets_the_ray() -> None:
    answered = [(b"Set-Cookie", b"a"), (b"Set-Cookie", b"b"), (b"Connection", b"close")]

    assert edge.response_headers(answered, RAY) == [*answered[:2], (b"CF-Ray", RAY.encode())]


def test_a_page_names_its_code_and_escapes_its_text() -> None:
    _, body = edge.worker_threw("shop", "http://127.0.0.1:8799").render(RAY)
    headers, escaped = edge.no_runtime("<node>").render(RAY)

    assert b"Error 1101" in body
    assert RAY.encode() in body
    assert b"&lt;node&gt;" in escaped
    assert (b"content-length", str(len(escaped)).encode()) in headers


def test_rays_differ() -> None:
    assert edge.new_ray() != edge.new_ray()
