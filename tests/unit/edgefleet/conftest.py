"""Unit tests of edgefleet start no process and reach no host but this one."""

import socket
import subprocess
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def no_outside_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make real work impossible: a test that needs it belongs under tests/integration."""
    connect = socket.socket.connect

    def loopback_only(self: socket.socket, address: Any) -> None:
        if self.family == socket.AF_INET and address[0] != "127.0.0.1":
            raise AssertionError(f"a unit test connects to {address}")
        connect(self, address)

    def no_process(*_: Any, **__: Any) -> None:
        raise AssertionError("a unit test starts a process")

    monkeypatch.setattr(socket.socket, "connect", loopback_only)
    monkeypatch.setattr(subprocess.Popen, "__init__", no_process)
