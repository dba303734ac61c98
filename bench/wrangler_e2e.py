"""Runs wrangler's own end-to-end tests against a fresh localedge, and says how each file fares.

    python -m bench.wrangler_e2e CHECKOUT [--only FILE]... [--wrangler VERSION] [--folder FOLDER]

CHECKOUT holds https://github.com/cloudflare/workers-sdk, and is left as it is: its tests are copied
to FOLDER (a temporary one, unless you name one), where vitest and the wrangler are installed from
the registry. No test is edited. What the tests need of the internet besides the API is theirs to
ask: only requests to `*.workers.dev` are led to localedge. It needs Node.js 22.12 or later.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click
import requests
from bench.stage import Edge, environment, serving
from bench.wrangler_e2e_cases import FILES, THERE, reason_of

ACCOUNT, SUBDOMAIN, TOKEN = "f" * 32, "bench", "made-up-token"
E2E = Path("packages") / "wrangler" / "e2e"
PACKAGES = {
    "vitest": "4.1.0",
    "undici": "7.29.0",
    "ci-info": "4.4.0",
    "node-forge": "1.3.2",
    "tree-kill": "1.2.2",
    "ts-dedent": "2.2.0",
}
"""What the tests import, as workers-sdk pins it."""
OWN_FILES = {
    # Theirs extends a file of a package that is in no registry.
    "e2e/tsconfig.json": '{"compilerOptions": {"target": "esnext", "module": "esnext"}}',
    # A package that is in no registry: only tests that need Docker use it.
    "containers-shared.mjs": "export const getCloudflareContainerRegistry = () => '';",
    # Time limits suit an idle machine: here they only end what hangs.
    "vitest.config.mjs": """
const limits = /(timeout(?: = |: )|, )(\\d+_000)\\b/gi;
const patience = {
  name: "patience",
  enforce: "pre",
  transform: (code, id) =>
    id.includes("/e2e/") ? code.replace(limits, "$1(6 * $2)") : undefined,
};
export default {
  plugins: [patience],
  resolve: { alias: { "@cloudflare/containers-shared": "/containers-shared.mjs" } },
  test: {
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: "threads",
    maxWorkers: 1,
    isolate: false,
    setupFiles: ["./e2e/vitest.setup.ts", "./workers-dev.mjs"],
  },
};
""",
    "workers-dev.mjs": """
import { Agent, setGlobalDispatcher } from "undici";
const edge = new URL(process.env.CLOUDFLARE_API_BASE_URL);
const toEdge = (dispatch) => (options, handler) => {
  const { hostname } = new URL(options.origin);
  if (!hostname.endsWith(".workers.dev")) return dispatch(options, handler);
  const host = `${hostname.slice(0, -".dev".length)}.localhost:${edge.port}`;
  const headers = { ...options.headers, host };
  return dispatch({ ...options, origin: edge.origin, headers }, handler);
};
setGlobalDispatcher(new Agent().compose(toEdge));
""",
}
PASSED, FAILED = "passed", "failed"
SECONDS = 3600


@dataclass(frozen=True)
class Test:
    """One test, how it ended (`passed`, `failed`, or vitest's words for a skipped one), and why.

    The log has the rest of the message: a difference, for example.
    """

    name: str
    status: str
    message: str


@click.command()
@click.argument("checkout", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--only", multiple=True, help="One test file, `deploy` for example; repeatable.")
@click.option("--wrangler", default="", help="Its version; without it, that of the checkout.")
@click.option("--tests", default="", help="Only the tests whose names this expression finds.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path))
def main(
    checkout: Path, only: tuple[str, ...], wrangler: str, tests: str, folder: Path | None
) -> None:
    """Print how each test file fares; exit with 1 where a test ends otherwise than it should."""
    package = json.loads((checkout / E2E.parent / "package.json").read_text())
    version = wrangler or package["version"]
    with tempfile.TemporaryDirectory(prefix="edgefleet-bench-e2e-") as temporary:
        work = (folder or Path(temporary)).absolute()
        _install(checkout / E2E, work, version)
        click.echo(f"wrangler {version}\n\n| file | tests | passed | named | failed |")
        click.echo("| --- | ---: | ---: | ---: | ---: |")
        said = [line for file in only or FILES for line in _fare(work, file, version, tests)]
    click.echo("\n" + "\n".join(said))
    sys.exit(1 if any(line.startswith("FAIL") for line in said) else 0)


def _install(tests: Path, work: Path, version: str) -> None:
    shutil.copytree(tests, work / "e2e", dirs_exist_ok=True)
    for name, text in OWN_FILES.items():
        (work / name).write_text(text)
    package = {"private": True, "type": "module", "dependencies": PACKAGES | {"wrangler": version}}
    (work / "package.json").write_text(json.dumps(package))
    command = "npm install --no-audit --no-fund --no-package-lock --loglevel=error"
    home = os.environ | {"PATH": environment(None, work)["PATH"]}
    subprocess.run(command.split(), cwd=work, env=home, check=True)


def _fare(work: Path, file: str, version: str, chosen: str) -> list[str]:
    """Run one test file; print its line of the table; return what is to be said of its tests."""
    there = work / f"{file}.there.json"
    there.write_text(json.dumps({"account_id": ACCOUNT, **THERE.get(file, {})}))
    with serving([f"--account={ACCOUNT}:{SUBDOMAIN}:{TOKEN}", f"--provision={there}"]) as edge:
        tests = _vitest(work, file, edge, chosen)
        (work / f"{file}.requests").write_text(_refused(edge))
    reasons = {test.name: reason_of(file, test.name, version) for test in tests}
    ran = [test for test in tests if test.status in {PASSED, FAILED} or reasons[test.name]]
    passed = [test for test in ran if test.status == PASSED]
    known = [test for test in ran if reasons[test.name] and test.status != PASSED]
    failed = [test for test in ran if not reasons[test.name] and test.status == FAILED]
    stale = [test for test in passed if reasons[test.name]]
    numbers = " | ".join(str(len(some)) for some in (ran, passed, known, failed))
    click.echo(f"| {file} | {numbers} |")
    return [
        *(f"named: {file}: {test.name}: {reasons[test.name]}" for test in known),
        *(f"FAIL {file}: {test.name}: passes, yet it is named" for test in stale),
        *(f"FAIL {file}: {test.name}: {test.message}, see {work}/{file}.log" for test in failed),
        *([] if tests else [f"FAIL {file}: no test ran, see {work}/{file}.log"]),
    ]


def _vitest(work: Path, file: str, edge: Edge, chosen: str) -> list[Test]:
    report = work / f"{file}.json"
    report.unlink(missing_ok=True)
    command = ["node_modules/.bin/vitest", "run", f"e2e/{file}.test.ts", f"--outputFile={report}"]
    command += [f"--testNamePattern={chosen}"] if chosen else []
    with (
        tempfile.TemporaryDirectory(prefix="edgefleet-bench-home-") as home,
        (work / f"{file}.log").open("w") as log,
    ):
        process = subprocess.Popen(
            [*command, "--reporter=json", "--reporter=verbose"],
            cwd=work,
            env=_environ(work, edge, Path(home)),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(SECONDS)
        finally:
            # A test that gives a command up leaves it running.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    found = json.loads(report.read_text())["testResults"] if report.exists() else []
    return [_read(test) for ran in found for test in ran["assertionResults"]]


def _read(test: Mapping[str, object]) -> Test:
    name, status, messages = test["fullName"], test["status"], test["failureMessages"]
    said = messages if isinstance(messages, list) else []
    return Test(str(name), str(status), "\n".join(said).partition("\n")[0])


def _environ(work: Path, edge: Edge, home: Path) -> dict[str, str]:
    modules = work / "node_modules"
    return {
        **environment(edge, home),
        "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
        "CLOUDFLARE_API_TOKEN": TOKEN,
        "E2E_ACCOUNT_WORKERS_DEV_DOMAIN": f"{SUBDOMAIN}.workers.dev",
        "LOCAL_TESTS_WITHOUT_DOCKER": "true",
        "WRANGLER": f"node --no-warnings {modules}/wrangler/bin/wrangler.js",
        "WRANGLER_IMPORT": f"{modules}/wrangler/wrangler-dist/cli.js",
        "NODE_COMPILE_CACHE": str(work / "compile-cache"),
        "MINIFLARE_IMPORT": f"{modules}/miniflare/dist/src/index.js",
        "WRANGLER_SEND_ERROR_REPORTS": "false",
        "TMPDIR": str(home),
    }


def _refused(edge: Edge) -> str:
    """Return the requests to the API that were refused, one a line: what a hollow pass leaves."""
    url = f"{edge.url}/__localedge__/requests"
    seen = requests.get(url, headers={"localedge-token": edge.token}, timeout=30).json()
    refused = (it for it in seen if it["status"] >= requests.codes.bad_request)
    return "".join(f"{it['status']} {it['method']} {it['path']}\n" for it in refused)


if __name__ == "__main__":
    main()
