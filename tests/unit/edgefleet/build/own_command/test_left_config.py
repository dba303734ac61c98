"""The configuration that a build left: what counts of it, and what is wrong with one."""

import json
from pathlib import Path

import pytest

from edgefleet.build.own_command.left_config import LeftConfig, read_left
from edgefleet.config.overlay.section import BuildSection, WorkerSection
from edgefleet.core.model import Json
from edgefleet.errors import ConfigError

WORKER = WorkerSection(folder="apps/site", build=BuildSection(tool="npm"))
REDIRECTION = "apps/site/.wrangler/deploy/config.json"
CONFIG = "apps/site/dist/site/wrangler.json"


def left(place: Path, config: Json, redirection: Json = None) -> None:
    """Write what vite leaves: a redirection, a configuration, modules and assets."""
    files = {
        REDIRECTION: redirection or {"configPath": "../../dist/site/wrangler.json"},
        CONFIG: config,
        "apps/site/dist/site/index.js": {},
        "apps/site/dist/client/index.html": {},
    }
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))


def test_only_modules_and_the_folder_of_assets_count(tmp_path: Path) -> None:
    rules = [{"type": "ESModule", "globs": ["**/*.js"]}]
    config = {
        "main": "index.js",
        "no_bundle": True,
        "rules": rules,
        "assets": {"directory": "../client", "not_found_handling": "404-page"},
        "vars": {"STAGE": "the moment of the build"},
        "kv_namespaces": [{"binding": "KV", "id": "1"}],
        "name": "site",
        "compatibility_date": "2020-01-01",
    }
    left(tmp_path, config)
    assert read_left(tmp_path, WORKER) == LeftConfig(
        "apps/site/dist/site",
        {"main": "index.js", "no_bundle": True, "rules": rules},
        "apps/site/dist/client",
        {"not_found_handling": "404-page"},
    )


def test_assets_alone_need_no_code(tmp_path: Path) -> None:
    left(tmp_path, {"assets": {"directory": "../client"}})
    assert read_left(tmp_path, WORKER) == LeftConfig(
        "apps/site/dist/site", {}, "apps/site/dist/client"
    )


def test_fleet_jsonc_may_name_the_configuration(tmp_path: Path) -> None:
    left(tmp_path, "{}")
    (tmp_path / "apps/site/built.jsonc").write_text('// built\n{ "main": "dist/site/index.js" }')
    build = BuildSection(tool="npm", config="apps/site/built.jsonc")
    found = read_left(tmp_path, WORKER.model_copy(update={"build": build}))
    assert found == LeftConfig("apps/site", {"main": "dist/site/index.js"}, None)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("[]", f"{CONFIG} holds no object"),
        ({}, f"{CONFIG} names no main"),
        ({"main": 1}, f"{CONFIG} names no main"),
        ({"main": "x.js"}, "main is x.js: the build left no apps/site/dist/site/x.js"),
        ({"main": "../../../../../x.js"}, "main is ../../../../../x.js: it lies outside"),
        ({"main": "/etc/passwd"}, "main is /etc/passwd: it lies outside of the repository"),
        ({"main": "index.js", "base_dir": "src"}, "base_dir is src: the build left no"),
        ({"main": "index.js", "assets": {"directory": "../x"}}, "assets.directory is ../x: the"),
    ],
)
def test_a_configuration_that_names_what_is_not_there(
    tmp_path: Path, config: Json, said: str
) -> None:
    left(tmp_path, config)
    with pytest.raises(ConfigError) as refused:
        read_left(tmp_path, WORKER)
    assert said in refused.value.message
    assert refused.value.hint == "edgefleet build --no-cache"


@pytest.mark.parametrize(
    ("redirection", "said"),
    [
        ("", f"{REDIRECTION} holds no object"),
        ({"a": 1}, f"{REDIRECTION} names no configPath"),
        ({"configPath": "../../../../../../w.json"}, "it lies outside of the repository"),
        ({"configPath": "../../none.json"}, "the build left no apps/site/none.json"),
        (
            {"configPath": "../../dist/site/wrangler.json", "auxiliaryWorkers": [{}]},
            "the build made several Workers",
        ),
    ],
)
def test_a_redirection_that_leads_nowhere(tmp_path: Path, redirection: Json, said: str) -> None:
    left(tmp_path, {"main": "index.js"})
    (tmp_path / REDIRECTION).write_text(
        redirection if isinstance(redirection, str) else json.dumps(redirection)
    )
    with pytest.raises(ConfigError, match=REDIRECTION) as refused:
        read_left(tmp_path, WORKER)
    assert said in refused.value.message


def test_a_link_leads_out_of_the_repository(tmp_path: Path) -> None:
    outside = tmp_path / "outside.js"
    outside.write_text("")
    place = tmp_path / "place"
    left(place, {"main": "linked.js"})
    (place / "apps/site/dist/site/linked.js").symlink_to(outside)
    with pytest.raises(ConfigError, match="it lies outside of the repository"):
        read_left(place, WORKER)


def test_a_build_that_leaves_no_redirection_hears_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read_left(tmp_path, WORKER)
    assert refused.value.message == f"the build left no {REDIRECTION}"
    assert '"build": { "with": "npm", "config": "apps/site/wrangler.jsonc" }' in refused.value.hint


def test_what_was_built_before_must_be_in_git(tmp_path: Path) -> None:
    build = BuildSection(tool="prebuilt", config="apps/site/dist/wrangler.json")
    with pytest.raises(ConfigError) as refused:
        read_left(tmp_path, WORKER.model_copy(update={"build": build}))
    assert refused.value.message == "git has no apps/site/dist/wrangler.json"
    assert refused.value.hint == "git add --force apps/site/dist/wrangler.json"
