"""Where workflows and actions may stand, and who must review what judges a change.

What stands elsewhere is seen neither by the linters nor by the rules, so it is refused.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from workflows import ACTIONS, WORKFLOWS, Workflow, steps

PLACES = (WORKFLOWS, ACTIONS, ".github/dependabot.yml", ".github/zizmor.yml")
YAML = {".yml", ".yaml"}
LOCAL_ACTION = re.compile(r"\./\.github/actions/[\w-]+")
LOCAL_WORKFLOW = re.compile(r"\./\.github/workflows/[\w-]+\.yml")

OWNERS = ".github/CODEOWNERS"
RULESET = ".github/rulesets/main.json"
OWNED = (
    "/.github/",
    "/ci/",
    "/Makefile",
    "/pyproject.toml",
    "/hatch_build.py",
    "/requirements*",
    "/package.json",
    "/package-lock.json",
    "/.npmrc",
    "/tenants/",
)
"""What decides whether a change is good, or what runs beside tokens."""


def misplaced(root: Path) -> Iterator[str]:
    """Refuse YAML files under .github that no linter reads, and links."""
    known = {file for place in PLACES for file in root.glob(place)}
    for file in sorted((root / ".github").rglob("*")):
        name = file.relative_to(root).as_posix()
        if file.is_symlink():
            yield f"{name}: it is a link: put the file itself here"
        elif file.is_file() and file.suffix.lower() in YAML and file not in known:
            yield f"{name}: no linter looks here; the places are {', '.join(PLACES)}"


def uses_stay_here(workflow: Workflow, others: Sequence[Workflow]) -> Iterator[str]:
    """Let steps use `./.github/actions/NAME`, and jobs call `./.github/workflows/NAME.yml`."""
    del others
    for name, job in workflow.jobs.items():
        if "uses" in job and not LOCAL_WORKFLOW.fullmatch(str(job["uses"])):
            yield f"{name}: it calls {job['uses']}, which is no ./.github/workflows/NAME.yml"
    for name, _job, step in steps(workflow):
        used = str(step.get("uses", ""))
        if used.startswith((".", "$")) and not LOCAL_ACTION.fullmatch(used):
            yield f"{name}: it uses {used}, which is no ./.github/actions/NAME"


def missing_actions(root: Path, workflows: Sequence[Workflow]) -> Iterator[str]:
    """Each local action that is used is a composite one, in a file that the rules read."""
    for workflow in workflows:
        for name, _job, step in steps(workflow):
            used = str(step.get("uses", ""))
            if LOCAL_ACTION.fullmatch(used) and not (root / used / "action.yml").is_file():
                yield f"{workflow.file}: {name}: there is no {used}/action.yml"
        if "runs" in workflow.jobs and workflow.jobs["runs"].get("using") != "composite":
            yield f"{workflow.file}: it is no composite action: the rules cannot read what it runs"


def unowned(root: Path) -> Iterator[str]:
    """Owners review what judges a change: the change must not judge itself."""
    file = root / OWNERS
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    owned = dict(line.split(maxsplit=1) for line in lines if re.match(r"/\S+\s+@", line))
    for path in OWNED:
        if path not in owned:
            yield f"{OWNERS}: no line names an owner of {path}"
    unowned_again = [line for line in lines if line.strip() and re.fullmatch(r"[^#\s]\S*", line)]
    for line in unowned_again:
        yield f"{OWNERS}: {line} has no owner"
    rules = json.loads((root / RULESET).read_text("utf-8"))["rules"]
    asked = [rule.get("parameters", {}).get("require_code_owner_review") for rule in rules]
    if True not in asked:
        yield f"{RULESET}: require_code_owner_review is not true"
