"""The section `worker` of fleet.jsonc: which file says what is uploaded, and what a build reads."""

from typing import Any

import pytest

from edgefleet.config.overlay.section import WorkerSection


def section(**build: Any) -> WorkerSection:
    return WorkerSection.model_validate({"folder": "./apps/site/", "build": build})


@pytest.mark.parametrize(
    ("build", "own"),
    [
        ({}, True),
        ({"with": "npm"}, False),
        ({"with": "npm", "script": None}, True),
        ({"with": "pnpm", "config": "apps/site/wrangler.jsonc"}, True),
        ({"with": "pnpm", "config": "./apps/site/wrangler.toml"}, True),
        ({"with": "pnpm", "config": "apps/site/dist/wrangler.json"}, False),
        ({"with": "prebuilt"}, False),
    ],
)
def test_workers_own_file_counts_unless_a_build_leaves_one(
    build: dict[str, Any], *, own: bool
) -> None:
    assert section(**build).built_from_own_file is own


@pytest.mark.parametrize(
    "build",
    [
        {"script": "build"},
        {"with": "prebuilt", "script": None},
        {"with": "wrangler", "config": "wrangler.json"},
        {"with": "npm", "script": None, "config": "dist/wrangler.json"},
        {"with": "npm", "script": "--ignore-scripts"},
        {"with": "npm", "inputs": ["/etc"]},
    ],
)
def test_what_does_not_go_together_is_refused(build: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"worker|build|with"):
        section(**build)


def test_command_reads_the_workers_folder_by_default() -> None:
    assert section(**{"with": "npm"}).inputs == ("apps/site",)
    assert section(**{"with": "npm", "inputs": ["a/", "./b"]}).inputs == ("a", "b")
