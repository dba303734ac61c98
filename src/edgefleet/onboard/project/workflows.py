"""The workflows of a repository with a fleet: thin files that use edgefleet's actions.

They hold what must stand in the caller's repository: when they run, who may do what, in which of
its GitHub environments (a secret of an environment reaches only a job that stands there), and in
which order. All else is in the actions, of one commit. `workflows/` holds the texts.
"""

import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import Self

from pydantic import model_validator

from edgefleet.config.credentials.lookup import SMOKE
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.target import DEV, ENVIRONMENT
from edgefleet.core.model import Model
from edgefleet.errors import UsageError
from edgefleet.github.workflow_files import FOLDER

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
"""The only action of others that the files themselves use; .github/pins.txt lists it."""

REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[\w.-]{1,100}", re.ASCII)
COMMIT = re.compile(r"[0-9a-f]{40}")
VERSION = re.compile(r"v?[0-9]+(\.[0-9]+)*[\w.+-]{0,40}", re.ASCII)
SECRET = re.compile(r"[A-Z][A-Z0-9_]*")
NAMES = ("gates", "deploy", "rollback", "canary", "drift", "plan")


class ActionSource(Model):
    """Where a fleet's workflows take edgefleet's actions from.

    Raises `UsageError` for what no action can be taken from.
    """

    repository: str
    """`OWNER/NAME` at GitHub."""
    commit: str
    """All 40 digits: a tag or a branch can be moved to other code."""
    version: str
    """What the commit is called, such as 0.2.0: Dependabot keeps the comment up to date."""

    @model_validator(mode="after")
    def _names_a_commit(self) -> Self:
        wrong = {
            "repository": (REPOSITORY, "is not OWNER/NAME"),
            "commit": (COMMIT, "is not a commit of 40 digits: git rev-parse HEAD prints one"),
            "version": (VERSION, "is not a version such as 0.2.0"),
        }
        for name, (pattern, words) in wrong.items():
            if not pattern.fullmatch(getattr(self, name)):
                raise UsageError(f"{name} '{getattr(self, name)}' of edgefleet's actions {words}")
        return self


class _Text(Template):
    """A text with `%{name}`: `${{ ... }}` is GitHub's."""

    delimiter = "%"


def workflow_files(
    fleet_environments: Sequence[str], source: ActionSource, *, secrets: Sequence[str] = ()
) -> Mapping[str, str]:
    """Return the workflows of a fleet: path below its repository -> text.

    `fleet_environments` are those that can be deployed to, in the fleet's order; the first one is
    where a deploy goes by default. `secrets` are those that health checks and smoke tests of
    fleet.jsonc name. The same arguments give the same texts. Raises `UsageError` for no
    environment, and for a name that none can have.
    """
    values = {**_values(fleet_environments, source), "worker_secrets": _handed(secrets)}
    names = [f"edgefleet-{name}.yml" for name in NAMES]
    return {f"{FOLDER}/{name}": _template(name).substitute(values) for name in names}


def workflows_of(fleet: FleetConfig, source: ActionSource) -> Mapping[str, str]:
    """Return the workflows of a fleet, by what its fleet.jsonc says."""
    return workflow_files(fleet.deployable, source, secrets=fleet.secrets_named(smoke=True))


def _values(environments: Sequence[str], source: ActionSource) -> Mapping[str, str]:
    for name in environments:
        if not re.fullmatch(ENVIRONMENT, name) or name == DEV:
            raise UsageError(f"'{name}' is no environment that can be deployed to")
    if not environments:
        raise UsageError("the fleet has no environment that can be deployed to")
    names = [str(name) for name in environments]
    return {
        "repository": source.repository,
        "commit": source.commit,
        "actions": f"{source.repository}/.github/actions",
        "pin": f"{source.commit} # v{source.version.removeprefix('v')}",
        "checkout": CHECKOUT,
        "environments": json.dumps(names),  # quoted: `on` and `1` are no texts in YAML
        "all_environments": json.dumps(["all", *names]),
        "first": json.dumps(names[0]),
    }


def _handed(secrets: Sequence[str]) -> str:
    """Return the input that hands an action these secrets, and no other; empty for none."""
    for name in secrets:
        if not SECRET.fullmatch(name):
            raise UsageError(f"'{name}' is no name of a secret: capitals, digits and _")
    others = [name for name in dict.fromkeys(secrets) if name != SMOKE]  # it has its own input
    entries = ", ".join(f'"{name}": ${{{{ toJSON(secrets.{name}) }}}}' for name in others)
    return f"          worker_secrets: '{{{entries}}}'\n" if entries else ""


def _template(name: str) -> _Text:
    return _Text((files("edgefleet.onboard.project") / "workflows" / name).read_text("utf-8"))
