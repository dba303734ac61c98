"""Hosts lead to scripts, to versions of them, or nowhere."""

import pytest

from localedge.model import ScriptRef
from localedge.runtime.edge.host_routing import Destination, resolve_host
from support.data_plane import ACCOUNT, MemorySource, ref


@pytest.fixture
def source() -> MemorySource:
    source = MemorySource()
    source.publish("shop", "")
    return source


@pytest.mark.parametrize(
    "host",
    [
        "shop.acme.workers.localhost",
        "shop.acme.workers.localhost:8787",
        "SHOP.Acme.Workers.Localhost",
    ],
)
def test_a_script_is_found_by_its_name_and_subdomain(source: MemorySource, host: str) -> None:
    assert resolve_host(source, host, "/") == Destination(ref("shop"))


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        "127.0.0.1:80",
        "workers.localhost",
        "acme.workers.localhost",
        "other.acme.workers.localhost",
        "shop.other.workers.localhost",
        "shop.acme.workers.dev",
        "a.shop.acme.workers.localhost",
        "ffffffff-shop.acme.workers.localhost",
    ],
)
def test_any_other_host_leads_nowhere(source: MemorySource, host: str) -> None:
    assert resolve_host(source, host, "/") is None


def test_a_preview_names_a_version_by_the_start_of_its_id(source: MemorySource) -> None:
    waiting = source.upload("shop", "")

    found = resolve_host(source, f"{waiting[:8]}-shop.acme.workers.localhost", "/")

    assert found == Destination(ref("shop"), waiting)


def test_a_script_named_like_a_preview_comes_before_the_preview(source: MemorySource) -> None:
    waiting = source.upload("shop", "")
    source.publish(f"{waiting[:8]}-shop", "")

    found = resolve_host(source, f"{waiting[:8]}-shop.acme.workers.localhost", "/")

    assert found == Destination(ref(f"{waiting[:8]}-shop"))


def test_a_service_host_names_account_and_script_public_or_not(source: MemorySource) -> None:
    host = f"hidden.{ACCOUNT}.service.workers.localhost"
    found = resolve_host(source, host, "/", internal=True)

    assert resolve_host(source, host, "/") is None
    assert found == Destination(ScriptRef(ACCOUNT, "hidden"))


def test_a_route_leads_another_host_to_a_script(source: MemorySource) -> None:
    source.routes["shop.test", "/a?b"] = ref("shop")

    assert resolve_host(source, "Shop.Test:8799", "/a?b") == Destination(ref("shop"))
    assert resolve_host(source, "shop.test", "/") is None
