"""How long it takes from nothing to a fleet: an empty environment, the wheel, an empty folder.

    python -m bench.onboarding

It builds the wheel, installs it with its dependencies into a new virtual environment, runs
`edgefleet setup` with an empty cache, and then init, tenant add twice, provision, rehearse and
deploy-all against a localedge. No file is edited by hand. The package registries are all that it
needs of the network.
"""

import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from bench.stage import AUTHOR, GIT, ROOT, Edge, environment, serving

ACCOUNTS = {"acme": "1" * 32, "birch": "2" * 32}
FOR_REGISTRIES = re.compile(
    r"npm_config|pip_|uv_|node_extra_ca_certs$|ssl_cert_file$|https?_proxy$|no_proxy$",
    re.IGNORECASE,
)
"""Variables that say how pip and npm reach their registries."""

SECONDS = 900


class Timed:
    """Runs commands in one environment, and notes how long each took."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.bin = place / "venv" / "bin"
        self.folder = place / "shop"
        self.folder.mkdir()
        own = {name: os.environ[name] for name in os.environ if FOR_REGISTRIES.match(name)}
        self.environ = {
            **environment(None, place),
            **own,
            "PATH": f"{self.bin}:/usr/local/bin:/usr/bin:/bin",
            "XDG_CACHE_HOME": str(place / "cache"),
        }
        self.rows: list[tuple[str, float]] = []

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Note the seconds of a block."""
        began = time.monotonic()
        yield
        self.rows.append((name, time.monotonic() - began))
        click.echo(f"{name:<44} {self.rows[-1][1]:7.1f} s")

    def run(self, *words: str) -> None:
        """Run one command in the folder; its failure ends the measurement."""
        with self.phase(" ".join(Path(word).name for word in words[:6])):
            self._run(self.bin / words[0], *words[1:])

    def _run(self, program: Path | str, *words: str) -> None:
        done = subprocess.run(
            [str(program), *words],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        if done.returncode:
            sys.exit(f"{program} {' '.join(words)} ended with {done.returncode}:\n{done.stderr}")


@click.command()
def main() -> None:
    """Print the seconds of each step, and their sum."""
    with tempfile.TemporaryDirectory(prefix="edgefleet-bench-onboarding-") as folder:
        timed = Timed(Path(folder))
        with timed.phase("build the wheel"):
            build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
            subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
        (wheel,) = timed.place.glob("*.whl")
        with timed.phase("make a virtual environment"):
            venv.create(timed.bin.parent, with_pip=True)
        timed.run("pip", "install", str(wheel))
        timed.run("edgefleet", "setup")
        installed = sum(seconds for _, seconds in timed.rows)
        timed.run("edgefleet", "init", "--yes")
        for tenant, account in ACCOUNTS.items():
            timed.run("edgefleet", "tenant", "add", tenant, "--account", account, "--yes")
        tokens = {tenant: secrets.token_urlsafe(30) for tenant in ACCOUNTS}
        options = [f"--account={ACCOUNTS[name]}:{name}:{token}" for name, token in tokens.items()]
        with serving(options) as edge:
            _deploy(timed, edge, tokens)
        whole = sum(seconds for _, seconds in timed.rows)
        click.echo(f"{'installed after':<44} {installed:7.1f} s")
        click.echo(f"{'two tenants deployed after':<44} {whole:7.1f} s")


def _deploy(timed: Timed, edge: Edge, tokens: dict[str, str]) -> None:
    variables = {f"CLOUDFLARE_API_TOKEN_{name.upper()}": one for name, one in tokens.items()}
    timed.environ |= edge.environ() | variables
    for name in ("staging", "production"):
        timed.run("edgefleet", "provision", "--tenants", "all", "--env", name, "--apply")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "A fleet"]):
        subprocess.run([GIT, *AUTHOR, *words], cwd=timed.folder, check=True)
    timed.run("edgefleet", "rehearse")
    for name in ("staging", "production"):
        timed.run("edgefleet", "deploy-all", "--env", name)


if __name__ == "__main__":
    main()
