"""Runs the real wrangler against a localedge, far from anybody's home and project."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.wrangler_loaded import Loaded, Start

ROOT = Path(__file__).resolve().parents[2]
WRANGLER = ROOT / "node_modules" / ".bin" / "wrangler"
OLDEST = ROOT / "tests" / "wrangler-4.63"
"""Has the npm tree of the oldest wrangler that localedge is tested with."""
TREE = "WRANGLER_TREE"
"""Names a folder whose npm tree has the wrangler to run, in place of the repository's."""
PROGRAM = "node_modules/wrangler/wrangler-dist/cli.js"
"""What wrangler's launcher starts in a second Node process."""
NODE_OPTIONS = ("--no-warnings", "--min-semi-space-size=64", "--single-threaded-gc")
"""The launcher's option, and two that take a fifth off the processor time of a start."""
COMPILED = ROOT / ".pytest_cache" / "node"
"""Where Node keeps compiled code: wrangler is 15 MB of it."""
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SECONDS = 90


@dataclass
class Ran:
    """How a command ended, without colours."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """Everything that it printed."""
        return f"{self.out}\n{self.err}"


@dataclass
class Wrangler:
    """wrangler in a project's folder, with a home beside it."""

    folder: Path
    api: str
    token: str
    tree: Path = Path(os.environ.get(TREE, ROOT))

    def run(self, *arguments: str, stdin: str = "", **environ: str) -> Ran:
        """Run a command to its end, whatever that is."""
        env = {**self.environ(), **environ}
        loaded = Loaded.of(Start(self.tree / PROGRAM, NODE_OPTIONS, self.token), env)
        ran = loaded.run(arguments, folder=self.folder, environ=env, stdin=stdin, seconds=SECONDS)
        return Ran(ran["code"], COLOUR.sub("", ran["out"]), COLOUR.sub("", ran["err"]))

    def run_program(self, *arguments: str) -> Ran:
        """Run a command as a user does: wrangler is loaded for it alone."""
        done = subprocess.run(
            ["node", *NODE_OPTIONS, str(self.tree / PROGRAM), *arguments],
            cwd=self.folder,
            env=self.environ(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return Ran(done.returncode, COLOUR.sub("", done.stdout), COLOUR.sub("", done.stderr))

    def ok(self, *arguments: str, stdin: str = "", **environ: str) -> Ran:
        """Run a command that must succeed."""
        ran = self.run(*arguments, stdin=stdin, **environ)
        assert ran.code == 0, ran.said
        return ran

    def records(self, kind: str) -> list[dict[str, Any]]:
        """Return what wrangler has written of its results so far, in order."""
        return [record for record in self._records() if record["type"] == kind]

    def write_config(self, config: dict[str, Any]) -> None:
        """Write the project's wrangler.json."""
        (self.folder / "wrangler.json").write_text(json.dumps(config))

    def _records(self) -> Iterator[dict[str, Any]]:
        path = self._home / "output.ndjson"
        for line in path.read_text().splitlines() if path.exists() else ():
            yield json.loads(line)

    @property
    def _home(self) -> Path:
        return self.folder.parent / f"{self.folder.name}-home"

    def environ(self) -> dict[str, str]:
        self._home.mkdir(exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self._home),
            "NODE_COMPILE_CACHE": str(COMPILED),
            "XDG_CONFIG_HOME": str(self._home),
            "CI": "true",
            "CLOUDFLARE_API_BASE_URL": self.api,
            "CLOUDFLARE_API_TOKEN": self.token,
            "WRANGLER_HIDE_BANNER": "true",
            "WRANGLER_LOG_PATH": str(self._home / "logs"),
            "WRANGLER_OUTPUT_FILE_PATH": str(self._home / "output.ndjson"),
            "WRANGLER_SEND_ERROR_REPORTS": "false",
            "WRANGLER_SEND_METRICS": "false",
        }
