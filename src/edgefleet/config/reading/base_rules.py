"""Rules for the Worker's own wrangler file and the tenants' files over it."""

from edgefleet.config.reading.rule import Rule

BASE_MISSING = Rule(
    code="base-missing",
    means="A tenant's wrangler.jsonc has no main, so it says only what differs from the Worker's "
    "own wrangler file; but there is no such file in the Worker's folder (src/worker, or "
    "worker.folder of fleet.jsonc).",
    example='{ "name": "acme" }       // and no src/worker/wrangler.jsonc',
    fix="write a wrangler.jsonc into the Worker's folder, or all of it, with main, into this file",
)
BASE_OUTSIDE = Rule(
    code="base-outside",
    means="The Worker's folder leads out of the repository by a symbolic link. A commit would not "
    "say what is deployed.",
    example="src/worker -> ../../another-repository",
    fix="move the Worker into the repository, and write its folder into worker.folder",
)
BASE_SECOND = Rule(
    code="base-second",
    means="The Worker's folder has more than one wrangler file. wrangler takes wrangler.json "
    "before wrangler.jsonc before wrangler.toml, and ignores the others.",
    example="src/worker/wrangler.toml   # beside wrangler.jsonc",
    fix="keep one of them",
)
OVERLAY_KEY = Rule(
    code="overlay-key",
    means="A tenant's overlay has a key with a path, or one that decides how the Worker is built; "
    "or a tenant's whole file has a build command. Such paths start at the Worker's folder, and "
    "one bundle runs for all tenants, so the key belongs into the Worker's own wrangler file.",
    example='{ "name": "acme", "tsconfig": "../tsconfig.json" }',
    fix="move it into the Worker's wrangler file",
)
BUILD_UNUSED = Rule(
    code="build-unused",
    means="worker.build of fleet.jsonc says what builds the Worker for all tenants: a script, or a "
    "build that is done. A command of the wrangler file, or a tenant's own main, then has no "
    "effect.",
    example='"build": { "command": "make" }   // and "with": "npm" in fleet.jsonc',
    fix="remove the key, or build with wrangler: remove worker.build from fleet.jsonc",
)
BUILD_FILES = Rule(
    code="build-files",
    means="What worker.build of fleet.jsonc needs is not there: package.json in the Worker's "
    "folder and the script in it, the lock file of the package manager beside it or in a folder "
    "above, or the configuration of what is built already.",
    example='"build": { "with": "pnpm" }   // and no pnpm-lock.yaml',
    fix="add the file to the repository, or correct worker.build",
)
RULES = (BASE_MISSING, BASE_OUTSIDE, BASE_SECOND, OVERLAY_KEY, BUILD_UNUSED, BUILD_FILES)
