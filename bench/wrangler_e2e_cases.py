"""Which files of wrangler's end-to-end tests talk to the API, and which tests do not pass, and why.

The tests are those of https://github.com/cloudflare/workers-sdk, `packages/wrangler/e2e`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FILES = (
    "versions",
    "deployments",
    "deploy",
    "provision",
    "r2",
    "durable-objects-exports",
    "secrets-store",
    "agent-memory",
    "cert",
    "pages-deploy",
)
THERE: Mapping[str, Mapping[str, Any]] = {
    "provision": {"r2_buckets": [{"binding": "R2", "bucket_name": "does-not-exist"}]},
}
"""What Cloudflare's test account has before a file runs, as a wrangler file names it.

The tests of `provision` make the bucket and never delete it: they expect it to be there.
"""


@dataclass(frozen=True)
class Named:
    """Tests of a file whose names begin so, and why they do not pass.

    `wranglers` are beginnings of versions that this holds for; without any, for all.
    """

    file: str
    tests: str
    reason: str
    wranglers: tuple[str, ...] = ()


DOCKER = "needs Docker"
PROVISIONED = "it says `Resources provisioned`, where the tests have `All resources provisioned`"
NAMED = (
    Named("deployments", "containers ", DOCKER),
    Named(
        "durable-objects-exports",
        "durable-objects-exports containers attached via `exports`: deploy",
        DOCKER,
    ),
    Named(
        "deploy",
        "deploy subdomain defaults warning show",
        "its warning says `wrangler.toml`, where the tests, which are older, have `Wrangler file`",
        ("4.164.",),
    ),
    Named(
        "provision",
        "provisioning can provision resources and deploy worker",
        PROVISIONED,
        ("4.164.",),
    ),
    Named(
        "provision",
        "provisioning can inherit and provision resources on version upload",
        PROVISIONED,
        ("4.164.",),
    ),
    Named(
        "provision",
        "provisioning can inherit bindings on re-deploy",
        "its output is right; it asks the address that the test before it did not keep",
        ("4.164.",),
    ),
    Named(
        "r2",
        "r2 batch create objects",
        "it says `Basin Catalog`, where the tests have `data catalog`",
        ("4.164.",),
    ),
    Named("pages-deploy", "pages deploy", "localedge has no Pages"),
)


def reason_of(file: str, test: str, version: str) -> str:
    """Return why a test does not pass with this wrangler; empty for one that should."""
    found = (
        it.reason
        for it in NAMED
        if it.file == file
        and test.startswith(it.tests)
        and (not it.wranglers or version.startswith(it.wranglers))
    )
    return next(found, "")
