"""Work that is not worth a process of its own."""

import os

import pytest

from edgefleet.core import parallel_processes as module
from edgefleet.core.parallel_processes import map_in_processes
from edgefleet.errors import CredentialError


def test_little_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_processors", lambda: 8)
    assert map_in_processes(lambda part: (os.getpid(), part), [1, 2, 3], 2) == [
        (os.getpid(), [1, 2, 3])
    ]
    assert map_in_processes(len, [], 2) == [0]


def test_an_error_here_is_raised() -> None:
    def work(_: object) -> None:
        raise CredentialError("no", hint="look")

    with pytest.raises(CredentialError):
        map_in_processes(work, [1], 1)
