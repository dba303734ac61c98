"""A Worker's mTLS binding presents the certificate to a server that asks for one."""

import asyncio
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from localedge.model import WorkerVersion
from localedge.runtime.instances.contexts import InstanceContext
from localedge.runtime.instances.instance_options import instance_options
from localedge.runtime.instances.miniflare_host import MiniflareHost
from support.data_plane import code, ref
from support.project import ROOT

PEM = ROOT / "tests" / "fixtures" / "tls" / "loopback.pem"
CERTIFICATE, KEY = re.findall(r"-----BEGIN .+?-----END [A-Z ]+-----", PEM.read_text(), re.DOTALL)
CLIENT = """
const url = "https://127.0.0.1:PORT/";
const attempt = async (work) => {
  try { return await (await work()).text(); } catch { return "refused"; }
};
export default { async fetch(_, { CERT }) {
  return Response.json([await attempt(() => CERT.fetch(url)), await attempt(() => fetch(url))]);
} };
"""


@pytest.fixture
def port() -> Iterator[int]:
    """Serve to clients with the certificate alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    context.load_verify_locations(PEM)
    context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener, context), daemon=True)
        thread.start()
        yield listener.getsockname()[1]


def answer(listener: socket.socket, context: ssl.SSLContext) -> None:
    """Answer two clients with the name in their certificate."""
    for _ in range(2):
        connection, _ = listener.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as client:
                client.recv(4096)
                peer: Any = client.getpeercert()
                body = peer["subject"][0][0][1].encode()
                head = (
                    f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
                )
                client.sendall(head.encode() + body)
        except ssl.SSLError:
            connection.close()


def test_certificate_is_presented_through_the_binding_alone(port: int, tmp_path: Path) -> None:
    binding = {
        "type": "mtls_certificate",
        "name": "CERT",
        "certificate_id": "id",
        "certificates": CERTIFICATE,
        "private_key": KEY,
    }
    source = CLIENT.replace("PORT", str(port))
    version = WorkerVersion("v1", 1, "2026-01-02T03:04:05Z", "", code(source), (binding,))
    context = InstanceContext(
        ref("mtls"), tmp_path, "http://127.0.0.1:1/", "key", ("127.0.0.1/32",)
    )
    options = instance_options(context, [version], {})
    worker = next(it for it in options["workers"] if it["name"] == "v1")
    # No browser knows the authority of this test's server.
    for service in (worker["serviceBindings"]["CERT"], worker["outboundService"]):
        service["network"]["tlsOptions"]["trustedCertificates"] = [CERTIFICATE]
    assert asyncio.run(ask(options, tmp_path)) == ["made up for tests of edgefleet", "refused"]


async def ask(options: dict[str, object], folder: Path) -> list[str]:
    """Run an instance and return its answer."""
    host = MiniflareHost(folder / "miniflare", lambda *_: None)
    try:
        instance = await host.start("mtls", options)
        headers = {"localedge-key": "key", "localedge-version": "v1"}
        url = f"http://127.0.0.1:{instance}/"
        async with aiohttp.request("GET", url, headers=headers) as response:
            answers: list[str] = await response.json()
            return answers
    finally:
        await host.close()
