"""The secrets that health checks and smoke tests of fleet.jsonc name, in workflows and actions.

GitHub gives a job no secret that its workflow does not name: what fleet.jsonc names is generated.
"""

import re
from collections.abc import Sequence

from edgefleet.config.credentials.lookup import SMOKE
from edgefleet.config.fleet_config import FleetConfig

OWN_INPUT = {SMOKE: "smoke-key"}
"""Secrets whose input of the actions is written by hand."""

TOKEN_INPUT = re.compile(
    r"(?P<indent> +)(?P<by>token|secret): \$\{\{ secrets\.(?:CLOUDFLARE_API_TOKEN|"
    r"EDGEFLEET_CREDENTIAL_SECRET) \}\}\n(?P<key> +smoke-key: .*\n)?"
    r"(?: +worker-[a-z0-9-]+: \$\{\{ secrets\.[A-Z0-9_]+ \}\}\n)*"
)
"""What a workflow hands to a step that works with targets, up to the secrets of the Worker."""

SMOKE_INPUT = re.compile(
    r"(?P<written>  smoke-key:\n    description: .*\n    default: \"\"\n)"
    r"(?:  worker-[a-z0-9-]+:\n    description: .*\n    default: \"\"\n)*"
)
SMOKE_VARIABLE = re.compile(
    rf"(?P<written>(?P<indent> +){SMOKE}: \$\{{\{{ inputs\.smoke-key \}}\}}(?P<why> #.*)?\n)"
    r"(?: +[A-Z0-9_]+: \$\{\{ inputs\.worker-[a-z0-9-]+ \}\}(?: #.*)?\n)*"
)


def in_workflow(text: str, fleet: FleetConfig) -> str:
    """Return a workflow whose steps hand the secrets of the Worker to the actions.

    A step that asks no Worker (a plan, a check for drift) gets none.
    """
    parts = re.split(r"(?m)^(?= +- name: )", text)
    return "".join(_step(part, fleet) for part in parts)


def _step(text: str, fleet: FleetConfig) -> str:
    tests = "smoke-key:" in text
    if not tests and "action: rollback" not in text:
        return text
    names = fleet.secrets_named(smoke=tests)

    def written(found: re.Match[str]) -> str:
        head = re.sub(r"(?m)^ +worker-.*\n", "", found[0])
        indent = found["indent"]
        lines = [f"{indent}{_input(one)}: ${{{{ secrets.{one} }}}}\n" for one in _others(names)]
        return head + "".join(lines)

    return TOKEN_INPUT.sub(written, text)


def in_action(text: str, fleet: FleetConfig) -> str:
    """Return an action that takes the secrets of the Worker, as inputs, into its steps."""
    names = _others(fleet.secrets_named(smoke=True))

    def inputs(found: re.Match[str]) -> str:
        words = "health checks and smoke tests (fleet.jsonc)"
        return found["written"] + "".join(
            f'  {_input(one)}:\n    description: The secret {one}, for {words}.\n    default: ""\n'
            for one in names
        )

    def variables(found: re.Match[str]) -> str:
        return found["written"] + "".join(
            f"{found['indent']}{one}: ${{{{ inputs.{_input(one)} }}}}{found['why'] or ''}\n"
            for one in names
        )

    return SMOKE_VARIABLE.sub(variables, SMOKE_INPUT.sub(inputs, text))


def _others(names: Sequence[str]) -> list[str]:
    return [name for name in names if name not in OWN_INPUT]


def _input(name: str) -> str:
    return f"worker-{name.lower().replace('_', '-')}"
