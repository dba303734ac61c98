"""Builds Cloudflare's templates, deploys each to a fresh localedge, and asks what its test asks.

    python -m bench.templates FOLDER [--only NAME]... [--wrangler FILE] [--path FOLDER]

FOLDER holds the templates (https://github.com/cloudflare/templates), and is changed: packages are
installed into them, and what `template_cases.py` says is replaced. Of their packages those that
only test and lint are left out. `--path` stands before PATH, for another Node.js.
"""

import asyncio
import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import click
import pyjson5
import requests
from bench.stage import ROOT, Edge, serving
from bench.template_cases import CASES, Case, Check

ACCOUNT, SUBDOMAIN, TOKEN = "f" * 32, "bench", "made-up-token"
INSTALLED = ".bench-installed"
TOOLS = re.compile(r"vitest|eslint|playwright|prettier|husky|lint")
MOVED = {"workers-qb": "0.1.2", "r2-explorer": "1.1.13"}
"""Packages whose named version the registry does not have."""
FOR_NPM = re.compile(r"npm_config|node_extra_ca_certs$|https?_proxy$|no_proxy$", re.IGNORECASE)
"""Variables that say how npm reaches its registry."""
SCRIPTS = re.compile(r"""(?:src|href)=["']([^"']+\.(?:js|mjs|css))["']""")
SECONDS = 900


class Failed(Exception):
    """A template that did not do as it should; the message says what."""


@dataclass
class Run:
    """One template on its way: its folder, its case, how commands are run, seconds by phase."""

    folder: Path
    case: Case
    wrangler: Path
    environ: dict[str, str]
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, command: str, stdin: str = "", **environ: str) -> str:
        """Run a command in the template's folder; `wrangler` is the chosen one."""
        words = shlex.split(command)
        if words[0] == "wrangler":
            words[0] = str(self.wrangler)
        with subprocess.Popen(
            words,
            cwd=self.folder,
            env={**self.environ, **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(stdin, SECONDS)
            finally:
                # Some builds leave a workerd behind.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        if process.returncode:
            said = "\n".join(output.strip().splitlines()[-6:])
            raise Failed(f"`{command}` ended with {process.returncode}:\n{said}")
        return output


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--only", multiple=True, help="One template; may be repeated.")
@click.option("--wrangler", type=Path, default=ROOT / "node_modules" / ".bin" / "wrangler")
@click.option("--path", default="", help="A folder that stands before PATH.")
def main(folder: Path, only: tuple[str, ...], wrangler: Path, path: str) -> None:
    """Print how each template fares; exit with 1 where one fails that should not."""
    names = only or sorted(CASES)
    failed = 0
    for name in names:
        case = CASES[name]
        with tempfile.TemporaryDirectory(prefix="edgefleet-bench-home-") as home:
            one = Run(folder / name, case, wrangler.absolute(), _environ(Path(home), path))
            try:
                _attempt(one)
                said = "pass"
            except (Failed, subprocess.TimeoutExpired, requests.RequestException) as error:
                said = f"FAIL {case.without and f'({case.without}) '}{error}"
                failed += not case.without
        took = " ".join(f"{phase} {took:.1f} s" for phase, took in one.seconds.items())
        click.echo(f"{name}: {said} [{took}]")
    click.echo(f"{len(names) - failed} of {len(names)} as they should")
    sys.exit(1 if failed else 0)


def _attempt(one: Run) -> None:
    for phase in (_install, _build, _deploy):
        began = time.monotonic()
        try:
            phase(one)
        finally:
            one.seconds[phase.__name__.strip("_")] = time.monotonic() - began


def _install(one: Run) -> None:
    if (one.folder / INSTALLED).exists():
        return
    file = one.folder / "package.json"
    package = json.loads(file.read_text())
    tools = package.get("devDependencies", {})
    package["devDependencies"] = {key: tools[key] for key in tools if not TOOLS.search(key)}
    needs = package.get("dependencies", {})
    package["dependencies"] = {key: MOVED.get(key, needs[key]) for key in needs}
    file.write_text(json.dumps(package, indent=2))
    (one.folder / "package-lock.json").unlink(missing_ok=True)
    one.run("npm install --force --no-audit --no-fund --loglevel=error")
    (one.folder / INSTALLED).touch()


def _build(one: Run) -> None:
    for name, replaced in one.case.edits.items():
        text = (one.folder / name).read_text()
        for before, after in replaced.items():
            text = text.replace(before, after)
        (one.folder / name).write_text(text)
    if one.case.build:
        one.run(one.case.build)


def _deploy(one: Run) -> None:
    config = one.case.config or next(
        file.name for file in sorted(one.folder.glob("wrangler.json*")) if file.is_file()
    )
    home = Path(one.environ["HOME"])
    account = f"{ACCOUNT}:{SUBDOMAIN}:{TOKEN}"
    named = _named_resources(one.folder / config, home / "resources.json")
    with serving([f"--account={account}", f"--provision={named}"]) as edge:
        output = home / "output.ndjson"
        environ = {
            **edge.environ(),
            "CLOUDFLARE_API_TOKEN": TOKEN,
            "WRANGLER_OUTPUT_FILE_PATH": str(output),
        }
        for command in one.case.before:
            one.run(command, **environ)
        one.run(f"wrangler deploy{one.case.config and f' -c {config}'}", **environ)
        for key, value in one.case.secrets.items():
            one.run(f"wrangler secret put {key}", value, **environ)
        records = [json.loads(line) for line in output.read_text().splitlines()]
        name = next(it["worker_name"] for it in reversed(records) if it["type"] == "deploy")
        for check in one.case.checks:
            _check(edge, f"{name}.{SUBDOMAIN}.workers.localhost:{edge.port}", check)


def _named_resources(config: Path, path: Path) -> Path:
    """Write the resources of a wrangler file whose ids Cloudflare makes; return the file."""
    made = {"kv_namespaces", "d1_databases", "hyperdrive"}
    found = pyjson5.decode(config.read_text())
    path.write_text(
        json.dumps({"account_id": ACCOUNT, **{key: found[key] for key in made & found.keys()}})
    )
    return path


def _check(edge: Edge, host: str, check: Check) -> None:
    if check.websocket:
        asyncio.run(_open(f"{edge.url}{check.path}", host))
        return
    answer = _ask(edge, host, check.method, check.path, check.json)
    what = f"{check.method} {check.path}"
    if answer.status_code != check.status:
        raise Failed(f"{what} is {answer.status_code}: {answer.text[:300]}")
    if check.type not in answer.headers.get("content-type", ""):
        raise Failed(f"{what} is of type {answer.headers.get('content-type')}")
    text = answer.text
    for link in SCRIPTS.findall(text) if "html" in answer.headers.get("content-type", "") else ():
        url = urljoin(answer.url, link)
        if url.startswith(edge.url):
            text += _linked(edge, host, url.removeprefix(edge.url))
    missing = [it for it in check.says if it not in text]
    if missing:
        raise Failed(f"{what} does not say {missing}: {answer.text[:300]}")


def _ask(edge: Edge, host: str, method: str, path: str, body: object = None) -> requests.Response:
    """Send a request, and follow redirects within the host, as a browser does."""
    for _ in range(10):
        answer = requests.request(
            method,
            urljoin(edge.url, path),
            headers={"host": host, "accept": "text/html,*/*"},
            json=body,
            timeout=60,
            allow_redirects=False,
        )
        target = answer.headers.get("location", "")
        if not answer.is_redirect:
            return answer
        path = re.sub(rf"^https?://{re.escape(host)}", "", target)
    raise Failed(f"{path} is redirected without end")


def _linked(edge: Edge, host: str, path: str) -> str:
    answer = _ask(edge, host, "GET", path)
    kind = answer.headers.get("content-type", "")
    if answer.status_code != requests.codes.ok or not re.search("javascript|css", kind):
        raise Failed(f"the linked {path} is {answer.status_code} of type {kind}")
    return answer.text


async def _open(url: str, host: str) -> None:
    headers = {"host": host}
    try:
        async with aiohttp.ClientSession() as client, client.ws_connect(url, headers=headers):
            return
    except aiohttp.ClientError as error:
        raise Failed(f"the WebSocket {url} is not accepted: {error}") from error


def _environ(home: Path, path: str) -> dict[str, str]:
    """Return an environment for commands: of this machine's, the way to programs and packages."""
    npm = {name: os.environ[name] for name in os.environ if FOR_NPM.match(name)}
    return {
        "NPM_CONFIG_USERCONFIG": str(Path.home() / ".npmrc"),
        "NPM_CONFIG_CACHE": str(Path.home() / ".npm"),
        **npm,
        "PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "CI": "true",
        "ASTRO_TELEMETRY_DISABLED": "1",
        "NEXT_TELEMETRY_DISABLED": "1",
        "WRANGLER_SEND_METRICS": "false",
    }


if __name__ == "__main__":
    main()
