"""Runs the workflows of .github with act, on this machine, in a small copy of the repository.

GitHub's own parts are not there: act knows no environments (one run with one secret models one), no
concurrency groups and no approval, and third-party actions are stand-ins (tests/fixtures/actions).
"""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from act_copy import commit, copy
from support.project import ROOT

SECONDS = 100
NOT_NEEDED = ("src/localedge/", "tests/", "docs/", "bench/")
STAND_INS = "tests/fixtures/actions/"
SETUP = "ci/setup.sh"

SMALL = {
    "TESTS": "-p no:cacheprovider -p no:schemathesis tests/test_small.py",
    "WORKERS": "0",
    "TYPED": "ci/require_success.py",
    "TYPESCRIPT": "",
    "MYPY_CACHE_DIR": str(ROOT / ".pytest_cache/mypy"),
}
"""What the gates look at in a copy."""
SMALL_TEST = """\"\"\"What stands for all tests in a copy.\"\"\"


def test_one_and_one() -> None:
    assert 1 + 1 == 2
"""


@dataclass
class Run:
    """What one run of a workflow said and did."""

    code: int
    out: str
    err: str
    artifacts: Path

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """Return act's records, one for each line that it logged."""
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    @cached_property
    def jobs(self) -> dict[str, str]:
        """Return the result of each job that ran, by `workflow/caller/job`."""
        return {_name(event): event["jobResult"] for event in self.events if "jobResult" in event}

    @cached_property
    def log(self) -> str:
        """Return all that GitHub would show: the runner hides what a command asks it to mask."""
        lines = [line for line in self.out.splitlines() if '"command":"add-mask"' not in line]
        return "\n".join([*lines, self.err])

    def started(self, name: str) -> list[str]:
        """Return the jobs whose name begins with `name`, as `workflow/job`."""
        return sorted(path for path in self.jobs if path.split("/")[-1].startswith(name))

    def job(self, name: str) -> str:
        """Return the result of the one job whose name begins with `name`."""
        (found,) = self.started(name)
        return self.jobs[found]

    def summary(self, job: str = "") -> str:
        """Return what the jobs whose name contains `job` wrote on the page of the run."""
        return "".join(
            event["content"]
            for event in self.events
            if event.get("command") == "summary" and job in _name(event)
        )

    def errors(self) -> list[str]:
        """Return the annotations."""
        return [str(event["arg"]) for event in self.events if event.get("command") == "error"]

    def places(self) -> str:
        """Return where the annotations point to: `file:line`, one a line."""
        places = [event["kvPairs"] for event in self.events if event.get("command") == "error"]
        return "".join(f"{one['file']}:{one['line']}\n" for one in places if "file" in one)

    def said(self, job: str = "") -> str:
        """Return everything that the steps of these jobs printed."""
        return "".join(
            str(event["msg"]) + "\n"
            for event in self.events
            if event.get("raw_output") and job in _name(event)
        )


def _name(event: Mapping[str, Any]) -> str:
    # act pads names, and numbers the jobs of a matrix.
    path = "/".join(part.strip() for part in str(event["job"]).split("/"))
    return re.sub(r"-\d+$", "", path)


@dataclass
class Act:
    """A copy of the repository in which workflows run."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    """Variables of every step."""
    secrets: dict[str, str] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    """Every run so far, for tests that search them."""

    def command(
        self,
        workflow: str,
        event: str = "workflow_dispatch",
        *more: str,
        inputs: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        **environ: str,
    ) -> list[str]:
        """Return the command line of one run."""
        given = {
            "--input": inputs or {},
            "--secret": {**self.secrets, **(secrets or {})},
            "--env": {**SMALL, **self.environ, **environ},
        }
        words = ["act", event, "-W", f".github/workflows/{workflow}", "--json", *more]
        for option, values in given.items():
            words += [
                word for name, value in values.items() for word in (option, f"{name}={value}")
            ]
        return words

    def run(self, *arguments: Any, **options: Any) -> Run:
        """Run a workflow to its end."""
        with self.start(*arguments, **options) as process:
            return self.ended(process)

    @contextmanager
    def start(self, *arguments: Any, **options: Any) -> Iterator["subprocess.Popen[str]"]:
        """Start a workflow; whatever it started is ended with the block."""
        shutil.rmtree(self.artifacts, ignore_errors=True)
        # Files, and no pipes: act would wait for who reads a full one.
        said = (self.folder.with_name("act.out"), self.folder.with_name("act.err"))
        with said[0].open("w") as out, said[1].open("w") as err:
            process = self._process(out, err, *arguments, **options)
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _process(
        self, out: IO[str], err: IO[str], *arguments: Any, **options: Any
    ) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.command(*arguments, **options),
            cwd=self.folder,
            env={"HOME": str(self.folder.parent), "PATH": self._path, "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            text=True,
            start_new_session=True,
        )

    def ended(self, process: "subprocess.Popen[str]") -> Run:
        """Wait for the end of a run, and return it."""
        code = process.wait(SECONDS)
        out, err = (self.folder.with_name(name).read_text() for name in ("act.out", "act.err"))
        run = Run(code, out, err, self.artifacts)
        self.runs.append(run)
        return run

    @property
    def _path(self) -> str:
        """Where steps find programs: a stand-in for `gh` first."""
        return f"{self.folder / STAND_INS / 'bin'}:{os.environ['PATH']}"

    @property
    def artifacts(self) -> Path:
        """Where the stand-ins keep artifacts."""
        return self.folder.with_name(self.folder.name + "-act") / "artifacts"

    def change(self, file: str, old: str, new: str) -> None:
        """Replace something that stands in a file of the copy, and commit."""
        text = (self.folder / file).read_text()
        assert old in text, f"{file} has no {old!r}"
        self.write({file: text.replace(old, new)})

    @contextmanager
    def restored(self) -> Iterator["Act"]:
        """Undo every change of the copy at the end of a block."""
        before = (self.folder / ".git/refs/heads/main").read_text().strip()
        try:
            yield self
        finally:
            command = ["git", "reset", "--quiet", "--hard", before]
            subprocess.run(command, cwd=self.folder, check=True)

    def write(self, changes: Mapping[str, str]) -> None:
        """Write files of the copy, and commit."""
        for name, text in changes.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        commit(self.folder)


def forking_setup(setup: str) -> str:
    """Return ci/setup.sh with a last line: later steps fork their Python, if ACT_PYTHON says so."""
    return setup + '\n[ -z "${ACT_PYTHON:-}" ] || echo "$ACT_PYTHON" >> "$GITHUB_PATH"\n'


def act_copy(folder: Path, *without: str) -> Act:
    """Copy what workflows need: a run copies it again for each of its jobs."""
    left_out = (*NOT_NEEDED, *without)
    copy(ROOT, folder, lambda name: name.startswith(STAND_INS) or not name.startswith(left_out))
    act = Act(folder)
    act.write({"tests/test_small.py": SMALL_TEST})
    return act
