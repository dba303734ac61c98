"""Fleets with more than an upload (D1 migrations, consumers, workflows), at one localedge."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edgefleet.build.bundle_store import BundleStore
from support import loopback
from support.bundles import numbered_bundle
from support.localedge import LocalEdge, start_localedge
from support.other_workers import account_of, make_other
from support.project import Project, Ran

TOKEN = "token-of-alder-aaaaaaaaaaaaaaaaaaaa"
ALDER = ("--tenants", "alder", "--env", "staging")


@dataclass
class Scene:
    """A fleet, an embedded Cloudflare that has its accounts, and a bundle that no build made."""

    project: Project
    edge: LocalEdge
    bundle: Path

    def run(self, command: str, *more: str) -> Ran:
        return self.project.run(command, *ALDER, "--bundle", str(self.bundle), *more)

    def deploy(self, *more: str) -> Ran:
        target = ("--tenant", "alder", "--env", "staging", "--engine", "api")
        return self.project.run("deploy", *target, "--bundle", str(self.bundle), *more)

    def ask(self, path: str) -> Any:
        """Read something of the account."""
        account = f"{self.edge.api}/accounts/{account_of(self.project, 'alder')}"
        answer = loopback.get(
            f"{account}/{path}", headers={"authorization": f"Bearer {TOKEN}"}, timeout=60
        )
        assert answer.is_success, answer.text
        return answer.json()["result"]

    def allow(self, *permissions: str) -> None:
        """Give the token these permission groups alone; none: everything."""
        body = {"token": TOKEN, "permissions": permissions or None}
        assert self.edge.control("PUT", "permissions", json=body).status_code == 204

    def edit(self, file: str, change: Callable[[Any], Any]) -> None:
        """Commit a JSON file that was changed."""
        path = self.project.root / file
        path.write_text(json.dumps(change(json.loads(path.read_text()))))
        self.project.commit()


Opened = Callable[[str], Scene]


def serve_fleets(
    tmp_path_factory: pytest.TempPathFactory, names: Sequence[str]
) -> Iterator[Opened]:
    """Serve the accounts of these fleets at one localedge; yield what opens a fleet."""
    made = {name: make_other(tmp_path_factory.mktemp(name), name) for name in names}
    accounts = [
        (account_of(project, tenant), f"{name}-{tenant}", TOKEN)
        for name, project in made.items()
        for tenant in ("alder", "birch")
    ]
    resources = [file for project in made.values() for file in project.resources()]
    state = tmp_path_factory.mktemp("edge")
    with start_localedge(state, accounts, provision=resources, runtime="none") as edge:
        environ = {
            "CLOUDFLARE_API_BASE_URL": edge.api,
            "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
            "CLOUDFLARE_API_TOKEN_ALDER": TOKEN,
        }
        bundle = BundleStore(tmp_path_factory.mktemp("bundles")).save(numbered_bundle(1))

        def open_fleet(name: str) -> Scene:
            made[name].environ = environ
            return Scene(made[name], edge, bundle)

        yield open_fleet
