"""A wrangler project that is not ours runs on localedge, put there by the real wrangler."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from support import loopback
from support.localedge import LocalEdge, start_localedge
from support.wrangler import ROOT, Wrangler

FIXTURE = Path(__file__).parents[1] / "fixtures" / "foreign-worker"
ACCOUNT = ("5f0e1d2c3b4a59687786958483727160", "other", "token-of-another-account")
"""The account that the project's wrangler.jsonc names, its subdomain, its token."""


@dataclass
class Guestbook:
    """A copy of the project, and the localedge that it is deployed to."""

    edge: LocalEdge
    wrangler: Wrangler
    running: ExitStack
    """Ends the localedge."""

    def kill(self) -> None:
        """Kill localedge, and start it again with what it kept."""
        self.edge.kill()
        self.edge = serve(self.wrangler.folder, self.running)
        self.wrangler.api = self.edge.api

    @property
    def source(self) -> Path:
        """The folder of the project's modules."""
        return self.wrangler.folder / "src"

    def deploy(self) -> str:
        """Deploy; return the id of the new version."""
        self.wrangler.ok("deploy")
        return str(self.wrangler.records("deploy")[-1]["version_id"])

    def ask(self, path: str, method: str = "GET", text: str = "") -> httpx.Response:
        """Send a request to the Worker, found by its Host header."""
        url = self.edge.url + path
        return loopback.request(method, url, content=text, headers=self.host, timeout=30)

    @property
    def host(self) -> dict[str, str]:
        """The header by which the Worker is found."""
        return {"host": f"guestbook.{ACCOUNT[1]}.workers.localhost:{self.edge.port}"}


def copy_project(folder: Path) -> Path:
    """Copy the project, as its owner has it after `npm install`; return its folder."""
    project = folder / "project"
    shutil.copytree(FIXTURE, project)
    (project / "node_modules").symlink_to(ROOT / "node_modules")
    return project


def serve(project: Path, running: ExitStack) -> LocalEdge:
    """Serve an account with what the project's wrangler file names; the state is kept."""
    state, names = project.parent / "state", project / "wrangler.jsonc"
    return running.enter_context(start_localedge(state, [ACCOUNT], provision=[names]))


@pytest.fixture(scope="module")
def guestbook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guestbook]:
    project = copy_project(tmp_path_factory.mktemp("foreign"))
    with ExitStack() as running:
        edge = serve(project, running)
        guestbook = Guestbook(edge, Wrangler(project, edge.api, ACCOUNT[2]), running)
        guestbook.deploy()
        yield guestbook


def test_its_text_module_and_vars_are_uploaded_with_it(guestbook: Guestbook) -> None:
    assert guestbook.ask("/greeting").text.startswith("Welcome, ")
    version = guestbook.ask("/version").json()
    assert version["title"] == "Guestbook"
    assert version["limits"] == {"pageSize": 20, "open": True}


def test_kv_values_are_read_as_written(guestbook: Guestbook) -> None:
    assert guestbook.ask("/kv/a%20b/c").status_code == 404

    assert guestbook.ask("/kv/a%20b/c", "PUT", "grüße").status_code == 204

    assert guestbook.ask("/kv/a%20b/c").text == "grüße"


def test_d1_rows_are_inserted_and_counted(guestbook: Guestbook) -> None:
    before = guestbook.ask("/d1").json()["count"]

    after = guestbook.ask("/d1", "POST", "O'Hara").json()

    assert after == {"count": before + 1, "last": "O'Hara"}


def test_each_durable_object_counts_alone(guestbook: Guestbook) -> None:
    counts = [guestbook.ask("/counter/one", "POST").json()["value"] for _ in range(3)]

    assert counts == [1, 2, 3]
    assert guestbook.ask("/counter/two").json() == {"value": 0}


def test_the_second_class_keeps_rows_in_sql(guestbook: Guestbook) -> None:
    guestbook.ask("/sql/book", "POST", "first")

    assert guestbook.ask("/sql/book", "POST", "second").json() == {"lines": ["first", "second"]}
    assert guestbook.ask("/sql/other").json() == {"lines": []}


def test_a_secret_is_there_once_it_is_put(guestbook: Guestbook) -> None:
    assert guestbook.ask("/secret-set").json() == {"set": False}

    guestbook.wrangler.ok("secret", "put", "STAMP_KEY", stdin="a stamp")
    assert guestbook.ask("/secret-set").json() == {"set": True}


def test_each_cron_runs_when_the_control_says_so(guestbook: Guestbook) -> None:
    assert guestbook.ask("/cron-count").json() == {"count": 0, "crons": []}

    for cron in ("0 4 * * 1", "*/15 * * * *"):
        order = {"script": "guestbook", "cron": cron}
        assert guestbook.edge.control("POST", "cron", json=order).json()["outcome"] == "ok"

    crons = ["0 4 * * 1", "*/15 * * * *"]
    assert guestbook.ask("/cron-count").json() == {"count": 2, "crons": crons}


def test_a_slow_answer_arrives_as_it_is_made(guestbook: Guestbook) -> None:
    """Each line is sent only after another request said that the one before arrived."""
    url = f"{guestbook.edge.url}/stream?lines=3"

    with loopback.stream("GET", url, headers=guestbook.host, timeout=30) as answer:
        parts = answer.iter_bytes()
        for number in range(3):
            assert next(parts) == f"line {number}\n".encode()
            assert guestbook.ask("/stream", "POST").json() == {"arrived": number + 1}
        assert list(parts) == []


def test_what_it_throws_is_a_500_that_shows_nothing_of_it(guestbook: Guestbook) -> None:
    answer = guestbook.ask("/throw")

    assert answer.status_code == 500
    assert "1101" in answer.text
    assert "on purpose" not in answer.text


def test_a_new_version_answers_at_once_and_keeps_the_objects(guestbook: Guestbook) -> None:
    guestbook.ask("/counter/kept", "POST")
    guestbook.ask("/sql/kept", "POST", "a line")

    (guestbook.source / "greeting.txt").write_text("Welcome, again.\n")
    version_id = guestbook.deploy()

    assert guestbook.ask("/version").json()["id"] == version_id
    assert guestbook.ask("/greeting").text == "Welcome, again.\n"
    assert guestbook.ask("/counter/kept", "POST").json() == {"value": 2}
    assert guestbook.ask("/sql/kept").json() == {"lines": ["a line"]}


def test_failed_start_leaves_the_old_version_serving(
    guestbook: Guestbook,
) -> None:
    before = guestbook.ask("/version").json()
    whole = 'export * from "./index";\nexport { default } from "./index";\n'
    (guestbook.source / "broken.ts").write_text(whole + 'await fetch("http://127.0.0.1/");')

    ran = guestbook.wrangler.run("deploy", "src/broken.ts")

    assert ran.code == 1
    assert "[code: 10021]" in ran.err
    assert "Disallowed operation called within global scope" in ran.err
    assert guestbook.ask("/version").json() == before


def test_what_it_stored_survives_a_kill_and_a_restart(guestbook: Guestbook) -> None:
    version = guestbook.ask("/version").json()
    assert guestbook.ask("/kv/page", "PUT", "written before").status_code == 204
    rows = guestbook.ask("/d1", "POST", "Ann").json()["count"]
    assert guestbook.ask("/counter/survivor", "POST").json() == {"value": 1}
    assert guestbook.ask("/sql/survivor", "POST", "a line").json() == {"lines": ["a line"]}

    guestbook.kill()

    assert guestbook.ask("/version").json() == version
    assert guestbook.ask("/kv/page").text == "written before"
    assert guestbook.ask("/d1").json() == {"count": rows, "last": "Ann"}
    assert guestbook.ask("/counter/survivor").json() == {"value": 1}
    assert guestbook.ask("/sql/survivor").json() == {"lines": ["a line"]}
