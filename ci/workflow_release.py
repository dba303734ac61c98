"""The rule of release.yml: what was built once is released, by jobs that run no code of ours."""

from collections.abc import Iterator, Mapping, Sequence

from workflows import NO_CACHE, SETUP, Job, Workflow, before

RELEASE_FILE = ".github/workflows/release.yml"
TAGS = {"push": {"tags": ["v*"]}}
PUBLISH = "publish"
RIGHTS: Mapping[str, set[str]] = {
    "provenance": {"id-token", "attestations"},
    PUBLISH: {"id-token"},
    "github-release": {"contents"},
}
"""Job -> what it may write."""
PYPI = "pypi"
BUILT = "${{ needs.build.outputs.artifact }}"
COMMAND = (
    'gh release create "$GITHUB_REF_NAME" --verify-tag --title "$GITHUB_REF_NAME" '
    "--notes-file release/notes.md release/packages/* release/*.cdx.json"
)
"""The only command of a job with rights."""


def releases_are_what_was_tested(workflow: Workflow, _: Sequence[Workflow]) -> Iterator[str]:
    """Let a tag of a version alone release, and only what jobs without rights built and tested.

    Jobs with rights take the artifact by its id and check nothing out. A name could be another
    artifact's by then, and a cache another job's.
    """
    if workflow.file != RELEASE_FILE:
        return
    if workflow.events != TAGS:
        yield f"it is started by something else than {TAGS}"
    for name, job in workflow.jobs.items():
        rights = {one for one, level in job.get("permissions", {}).items() if level == "write"}
        if rights != RIGHTS.get(name, set()):
            yield f"{name}: it may write {', '.join(sorted(rights)) or 'nothing'}"
        if name in RIGHTS:
            yield from _runs_no_code(name, job)
            if "test" not in before(workflow, name) or "if" in job:
                yield f"{name}: it does not wait for the test of what was built"
        yield from _takes_what_was_built(name, job)
    environment = workflow.jobs.get(PUBLISH, {}).get("environment") or {}
    if environment.get("name") != PYPI:
        yield f"{PUBLISH}: its environment is not {PYPI}, which PyPI trusts"


def _runs_no_code(name: str, job: Job) -> Iterator[str]:
    for step in job.get("steps", ()):
        used = str(step.get("uses", ""))
        if used.startswith(("./", "actions/checkout@")) or step.get("run", COMMAND) != COMMAND:
            yield f"{name}: a job with rights runs code: {used or step['run']}"


def _takes_what_was_built(name: str, job: Job) -> Iterator[str]:
    for step in job.get("steps", ()):
        used, given = str(step.get("uses", "")), step.get("with") or {}
        if used.startswith("actions/download-artifact@") and given.get("artifact-ids") != BUILT:
            yield f"{name}: what it downloads is not {BUILT}"
        if used.startswith("actions/cache") or (used == SETUP and given.get("cache") != NO_CACHE):
            yield f"{name}: a release takes something from the cache"
