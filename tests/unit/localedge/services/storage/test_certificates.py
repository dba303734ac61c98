"""mTLS certificates and Agent Memory: their APIs, and uploads that name them."""

import json
import re
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localedge.state.certificates.x509 import NotACertificate, read_certificate
from support.control_plane import ACCOUNT, ControlPlane, control_plane
from support.project import ROOT

PEM = (ROOT / "tests" / "fixtures" / "tls" / "loopback.pem").read_text()
CERTIFICATE, KEY = (
    "\n".join(it)
    for it in re.findall(r"(-----BEGIN .+?-----)\n(.+?-----END .+?-----)", PEM, re.DOTALL)
)
CERTIFICATES = f"/accounts/{ACCOUNT}/mtls_certificates"
MEMORY = f"/accounts/{ACCOUNT}/agent-memory/namespaces"
PAIR = {"name": "client", "certificates": CERTIFICATE, "private_key": KEY, "ca": False}


def test_a_certificate_is_read_and_its_key_never_shown(cloud: ControlPlane) -> None:
    made = cloud.api("POST", CERTIFICATES, json=PAIR)
    assert made.result["issuer"] == "CN=made up for tests of edgefleet"
    assert made.result["expires_on"] == "2126-10-28T16:29:18Z"
    assert made.result["signature"] == "ECDSAWithSHA256"
    assert made.result["serial_number"] == "375636834010226126502686116194888526671280231687"
    one = f"{CERTIFICATES}/{made.result['id']}"
    answers = [
        made,
        cloud.api("GET", one),
        cloud.api("GET", CERTIFICATES),
        cloud.api("DELETE", one),
    ]
    assert "PRIVATE KEY" not in "".join(it.response.text for it in answers)
    assert cloud.api("GET", one).status == 404


def test_certificates_are_found_by_name_and_kind(cloud: ControlPlane) -> None:
    cloud.api("POST", CERTIFICATES, json=PAIR)
    authority = {"name": "authority", "certificates": CERTIFICATE, "ca": True}
    cloud.api("POST", CERTIFICATES, json=authority)

    def names(query: str) -> list[str]:
        return [it["name"] for it in cloud.api("GET", f"{CERTIFICATES}?{query}").result]

    assert names("name=client") == ["client"]
    assert names("ca=false") == ["client"]
    assert names("ca=true") == ["authority"]


@pytest.mark.parametrize(
    "changed",
    [
        {"certificates": "no certificate"},
        {"certificates": "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----"},
        {"private_key": ""},
        {"private_key": "-----BEGIN PRIVATE KEY-----\nbroken\n-----END PRIVATE KEY-----"},
    ],
)
def test_a_pair_that_is_none_is_refused(cloud: ControlPlane, changed: dict[str, Any]) -> None:
    refused = cloud.api("POST", CERTIFICATES, json={**PAIR, **changed})
    assert (refused.status, refused.code) == (400, 2200)
    assert cloud.api("GET", CERTIFICATES).result == []


@given(st.binary(max_size=80))
def test_any_bytes_are_a_certificate_or_none(content: bytes) -> None:

    with pytest.raises(NotACertificate):
        read_certificate(ssl.DER_cert_to_PEM_cert(content))


def test_a_version_runs_with_the_pair_and_shows_its_id_alone(cloud: ControlPlane) -> None:
    absent = {"name": "C", "type": "mtls_certificate", "certificate_id": "absent"}
    assert cloud.put(bindings=[absent]).code == 10021
    made = cloud.api("POST", CERTIFICATES, json=PAIR).result
    bound = {**absent, "certificate_id": made["id"]}
    assert cloud.put(bindings=[bound]).status == 200
    assert cloud.bindings(cloud.latest()) == {"C": bound}
    (ref,) = cloud.server.state.scripts.named("one")
    version = cloud.server.state.version(ref, cloud.latest())
    assert version is not None
    assert version.bindings[0]["private_key"] == KEY


def test_a_memory_namespace_is_made_once_and_bound(cloud: ControlPlane) -> None:
    bound = {"name": "M", "type": "agent_memory", "namespace": "chats"}
    assert cloud.put(bindings=[bound]).code == 10021
    made = cloud.api("POST", MEMORY, json={"name": "chats"}).result
    assert cloud.api("POST", MEMORY, json={"name": "chats"}).status == 409
    for name in ("-a", "a-", "a b", "a" * 33):
        assert cloud.api("POST", MEMORY, json={"name": name}).status == 400
    assert cloud.api("GET", f"{MEMORY}/chats").result == made
    assert cloud.api("GET", MEMORY).result == [made]
    assert cloud.put(bindings=[bound]).status == 200
    cloud.api("DELETE", f"{MEMORY}/chats")
    assert cloud.api("GET", f"{MEMORY}/chats").status == 404


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("state")) as served:
        yield served


ANY: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.sampled_from(["", "x", "\ud800", CERTIFICATE, KEY]) | st.just([])
)
BODY = ANY | st.dictionaries(st.sampled_from(["name", "certificates", "private_key", "ca"]), ANY)


@settings(deadline=None)
@given(
    st.sampled_from(["GET", "POST", "DELETE"]),
    st.sampled_from([CERTIFICATES, MEMORY, f"{CERTIFICATES}/x", f"{MEMORY}/x"]),
    BODY,
)
def test_any_request(shared: ControlPlane, method: str, path: str, body: Any) -> None:
    answer = shared.api(method, path, content=json.dumps(body))
    assert answer.status < 500, answer.response.text
    assert answer.response.json()["success"] == (answer.status < 400)
