"""Processes of the data plane: started when needed, replaced when killed, never left behind."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.data_plane import Site, eventually, serving

TESTS = Path(__file__).parents[1]
HELLO = "export default { fetch: () => new Response('hello') };"
ENDLESS = """
export default { fetch: () => new Response(new ReadableStream({ async pull(controller) {
  await scheduler.wait(20);
  controller.enqueue(new TextEncoder().encode("more "));
} })) };
"""
SERVE_UNTIL_KILLED = f"""
import sys
from pathlib import Path
from support.data_plane import serving
with serving(Path(sys.argv[1])) as site:
    site.source.publish("hello", {HELLO!r})
    assert site.ask("hello").text == "hello"
    print(site.data_plane._host.pid, flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def other_process(folder: Path) -> Iterator[tuple[int, int]]:
    """Serve one Worker in a separate process; give its id and that of its Node.js."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE_UNTIL_KILLED, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(TESTS)},
    )
    with process:
        node = int(process.stdout.readline()) if process.stdout else 0
        try:
            yield process.pid, node
        finally:
            process.kill()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(node, signal.SIGKILL)


def members(group: int, name: str = "") -> list[int]:
    """Return the processes of a group that have not ended, those of one program if named."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # The name stands in parentheses and may hold some itself (proc_pid_stat(5)).
            command, _, rest = (process / "stat").read_text().rpartition(")")
            state, _, its_group = rest.split()[:3]
            if int(its_group) == group and state != "Z" and name in command:
                found.append(int(process.name))
    return found


@pytest.mark.parametrize("killed", ["localedge", "Node.js", "both"])
def test_kill_9_leaves_no_workerd(tmp_path: Path, killed: str) -> None:
    with other_process(tmp_path) as (localedge, node):
        assert members(node, "workerd")

        if killed in {"localedge", "both"}:
            os.kill(localedge, signal.SIGKILL)
        if killed in {"Node.js", "both"}:
            os.kill(node, signal.SIGKILL)

        eventually(lambda: not members(node))


def test_closing_leaves_no_process(tmp_path: Path) -> None:
    with serving(tmp_path) as site:
        site.source.publish("hello", HELLO)
        site.ask("hello")
        node = host(site)
        assert members(node, "workerd")

    assert members(node, "workerd") == []
    eventually(lambda: not members(node))


@pytest.mark.parametrize("program", ["node", "workerd"])
def test_a_killed_process_is_replaced_by_the_next_request(tmp_path: Path, program: str) -> None:
    with serving(tmp_path) as site:
        site.source.publish("hello", HELLO)
        site.ask("hello")
        group = host(site)
        before = [group] if program == "node" else members(group, program)

        for process in before:
            os.kill(process, signal.SIGKILL)
        eventually(lambda: not set(before) & set(members(group)))

        assert site.ask("hello").text == "hello"


def test_an_answer_that_was_cut_off_is_not_complete(tmp_path: Path) -> None:
    with serving(tmp_path) as site:
        site.source.publish("endless", ENDLESS)
        with site.connection("endless") as connection:
            answer = connection.getresponse()
            assert answer.read(5) == b"more "

            for process in members(host(site), "workerd"):
                os.kill(process, signal.SIGKILL)

            with pytest.raises(http.client.IncompleteRead):
                answer.read()


def test_an_idle_worker_is_stopped_and_started_again(tmp_path: Path) -> None:
    with serving(tmp_path, idle_seconds=0.4) as site:
        site.source.publish("hello", HELLO)
        site.ask("hello")
        node = host(site)

        eventually(lambda: not members(node, "workerd"))

        assert site.ask("hello").text == "hello"
        assert host(site) == node


def test_many_scripts_run_at_once(tmp_path: Path) -> None:
    names = [f"script-{number}" for number in range(12)]
    with serving(tmp_path) as site:
        for name in names:
            site.source.publish(name, HELLO)

        assert [site.ask(name).text for name in names] == ["hello"] * len(names)
        assert len(members(host(site), "workerd")) == len(names)


def test_a_machine_without_miniflare_is_told_what_to_do(tmp_path: Path) -> None:
    with serving(tmp_path, node_modules=tmp_path / "nothing") as site:
        site.source.publish("hello", HELLO)
        answer = site.ask("hello")

    assert answer.status_code == 503
    assert "npm install wrangler" in answer.text
    assert str(tmp_path / "nothing") in answer.text


def host(site: Site) -> int:
    """Return the Node.js process of a site, which leads a process group."""
    pid = site.data_plane._host.pid
    assert pid
    return pid
