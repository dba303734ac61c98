"""Work that is spread over processes: as if it were done in one."""

import subprocess
import sys

PROGRAM = """
import os, signal, sys
from edgefleet.errors import EdgefleetError
from edgefleet.core import parallel as module
from edgefleet.cloudflare.envelope import ApiError

module._processors = lambda: 3
me = os.getpid()
parts = module.map_in_processes(lambda part: (os.getpid(), part), list(range(10)), 2)
assert [item for _, part in parts for item in part] == list(range(10))
assert len({pid for pid, _ in parts}) == 3 and parts[0][0] == me

def refused(part):
    if 9 in part:
        raise ApiError("no", codes=(1000,), status=403)
try:
    module.map_in_processes(refused, list(range(10)), 2)
except ApiError as error:
    print(error.message, error.codes, error.status)

def killed(part):
    if 9 in part:
        os.kill(os.getpid(), signal.SIGKILL)
try:
    module.map_in_processes(killed, list(range(10)), 2)
except EdgefleetError as error:
    print(error.message)

def endless(part):
    if 9 in part:
        signal.pause()
    raise KeyboardInterrupt
try:
    module.map_in_processes(endless, list(range(10)), 2)
except KeyboardInterrupt:
    print("interrupted")
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    print("none is left")
"""


def test_parts_come_back_in_order_and_so_does_what_goes_wrong() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "no (1000,) 403",
        "a process that worked on some of the tenants was killed, or crashed",
        "interrupted",
        "none is left",
    ]
