"""Deploys with a canary, on a stage whose Worker has callers."""

import json
from pathlib import Path
from typing import Any

import requests
from jsonschema import Draft202012Validator

from integration.conftest import TENANTS, Stage, token
from support.canaries import calling, let_callers_in, worker
from support.project import ROOT

ONE = TENANTS[0]
SCHEMA = json.loads((ROOT / "docs/reference/output.schema.json").read_text())
SCRIPT = "bluey-ai-worker-staging"


def deploy(stage: Stage, bundle: str, *more: str) -> tuple[int, str, dict[str, Any]]:
    """Deploy a bundle; return how it ended, what was said, and the record."""
    ran = stage.deploy(ONE, "staging", "--engine", "api", "--bundle", bundle, *more)
    return ran.code, ran.said, stage.project.records()[-1]


def host(stage: Stage) -> str:
    """Return where the Worker answers."""
    return f"{SCRIPT}.{ONE}.workers.localhost:{stage.edge.port}"


LATE = {"logs": "telemetry", "analytics": "graphql"}
"""Localedge's name of what a source asks, which may be late and sampled."""


def judged_bad(stage: Stage, folder: Path, source: str, entry: str) -> dict[str, Any]:
    """Deploy a bad version, judged by one source alone, late and sampled; return the step."""
    bundle = worker(stage.bundle, folder, entry)
    let_callers_in(stage.project.root, ONE, steps=[50], soak="20s", source=source, delay="2s")
    late = {api: {"delay_seconds": 1, "sample_interval": 10} for api in LATE.values()}
    stage.edge.control("PUT", "analytics", json=late)

    with calling(stage.edge.url, host(stage), per_second=20):
        code, said, record = deploy(stage, bundle)

    assert code == 7, said
    (step,) = record["canary"]
    delay, interval = (2, 10) if source in LATE else (0, 1)
    assert (step["source"], step["verdict"]) == (source, "bad")
    assert (step["delay"], step["sample_interval"]) == (delay, interval)
    assert step["new"]["errors"] > 0
    return dict(step)


def shares(stage: Stage) -> list[list[tuple[str, float]]]:
    """Return the shares of all deployments, newest first."""
    account = stage.project.wrangler(ONE)["account_id"]
    answer = requests.get(
        f"{stage.edge.api}/accounts/{account}/workers/scripts/{SCRIPT}/deployments",
        headers={"Authorization": f"Bearer {token(ONE)}"},
        timeout=30,
    )
    return [
        [(share["version_id"], share["percentage"]) for share in one["versions"]]
        for one in answer.json()["result"]["deployments"]
    ]


def canary(stage: Stage, what: str, *more: str) -> tuple[int, dict[str, Any], str]:
    """Run `edgefleet canary`; return its exit code, the target's entry, and what was said."""
    target = ("--tenants", ONE, "--env", "staging")
    ran = stage.project.run("canary", what, *target, "--format", "json", *more)
    printed = json.loads(ran.out)
    schema = {**SCHEMA, "$ref": f"#/$defs/canary {what}"}
    errors = [error.message for error in Draft202012Validator(schema).iter_errors(printed)]
    assert errors == [], ran.out
    return ran.code, printed[0] if isinstance(printed, list) else printed, ran.said
