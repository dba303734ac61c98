"""Scripts that cannot be adopted: each one is refused by its name, with what to do instead."""

from collections.abc import Sequence
from difflib import get_close_matches

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import LiveState
from edgefleet.cloudflare.schemas import ObjectClass
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.core.foreign.text import foreign_text
from edgefleet.errors import ConfigError, EdgefleetError, UsageError
from edgefleet.state.secret_names import is_draft

PAGES = "pages-worker--"
"""What the scripts of Pages projects are called at Cloudflare."""

MOST_NAMES = 10
"""Names of scripts in one message."""


def refuse(account: Account, script: str, live: LiveState) -> None:
    """Raise an error where a script does not run, or runs in a way that no fleet file can say."""
    if script.startswith(PAGES):
        raise ConfigError(
            f"the script {script} belongs to a Pages project, and edgefleet deploys Workers",
            hint="https://developers.cloudflare.com/workers/static-assets/migration-guides/"
            "migrate-from-pages/ shows how a Pages project becomes a Worker",
        )
    if live.deployment is None:
        raise _absent(account, script)
    if live.deployment.split:
        shares = ", ".join(
            f"{one.version_id} ({one.percentage:g} %)" for one in live.deployment.versions
        )
        raise ConfigError(
            f"two versions of the script {script} are live: {shares}; a file describes one",
            hint=f"give one of them all of the traffic first: npx wrangler versions deploy "
            f"VERSION_ID@100% --name {script}",
        )


def _absent(account: Account, script: str) -> EdgefleetError:
    names = sorted(account.script_names())
    if script in names:
        return ConfigError(
            f"the script {script} of account {account.id} has no deployment: no version of it runs",
            hint="deploy a version of it first: npx wrangler versions deploy VERSION_ID@100% "
            f"--name {script}",
        )
    namespace = account.dispatch_namespace_of(script)
    if namespace is not None:
        return ConfigError(
            f"{script} is a script of the dispatch namespace {namespace}, and edgefleet deploys "
            "to no namespace",
            hint="adopt the Worker that dispatches to it",
        )
    near = get_close_matches(script, names, n=1)
    shown = ", ".join(foreign_text(name, 100) for name in names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    listed = f"it has {shown}{more}" if names else "it has none"
    return UsageError(
        f"account {account.id} has no script '{script}'; {listed}",
        hint=f"did you mean --script {near[0]}?" if near else "name one of them with --script",
    )


def refuse_containers(account: Account, script: str, classes: Sequence[ObjectClass]) -> None:
    """Raise `ConfigError` where one of a script's classes starts containers."""
    own = {one.id for one in classes}
    try:
        containers = account.container_namespaces() if own else frozenset()
    except ApiError as error:
        if error.is_transient:
            raise
        return  # few tokens may read them
    if own & containers:
        raise ConfigError(
            f"the script {script} starts containers, which edgefleet does not deploy",
            hint="keep deploying it with wrangler: docs/reference/wrangler-keys.md lists what "
            "edgefleet refuses",
        )


def refuse_draft(script: str, code: Bundle) -> None:
    """Raise `ConfigError` for a script that setting a secret made: no release is in it."""
    if is_draft({f"modules.{one.name}": one.digest for one in code.code}):
        raise ConfigError(
            f"the script {script} holds secrets and no release yet: there is nothing to adopt",
            hint="write the tenant's files, then deploy it: docs/adding-a-tenant.md",
        )
