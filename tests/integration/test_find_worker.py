"""Which folder has the Worker."""

from pathlib import Path

import pytest

from edgefleet.errors import ConfigError, UsageError
from edgefleet.onboard.project.find_worker import find_worker

MINIMAL = '{ "name": "w", "main": "index.js" }'


def write(root: Path, file: str, text: str = MINIMAL) -> None:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(text)


def test_only_worker_is_found_in_a_monorepo(tmp_path: Path) -> None:
    write(tmp_path, "apps/api/wrangler.toml", 'name = "w"\nmain = "index.js"\n')
    found = find_worker(tmp_path, None)
    assert found is not None
    assert (found.file, found.keys) == (
        "apps/api/wrangler.toml",
        {"name": "w", "main": "index.js"},
    )


def test_files_of_tools_and_tenants_do_not_count(tmp_path: Path) -> None:
    for folder in ("node_modules/x", "dist", "apps/a/dist/server", "tenants/acme", ".wrangler/x"):
        write(tmp_path, f"{folder}/wrangler.json")
    assert find_worker(tmp_path, None) is None


def test_worker_at_the_root_is_the_one(tmp_path: Path) -> None:
    write(tmp_path, "wrangler.jsonc")
    write(tmp_path, "examples/a/wrangler.jsonc")
    found = find_worker(tmp_path, None)
    assert found is not None
    assert found.file == "wrangler.jsonc"


def test_several_workers_are_named(tmp_path: Path) -> None:
    write(tmp_path, "apps/a/wrangler.jsonc")
    write(tmp_path, "apps/b/wrangler.jsonc")
    with pytest.raises(UsageError, match="apps/a, apps/b") as raised:
        find_worker(tmp_path, None)
    assert raised.value.hint == "edgefleet init --worker apps/a"
    found = find_worker(tmp_path, "apps/b")
    assert found is not None
    assert found.file == "apps/b/wrangler.jsonc"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{ "name": }', "wrangler.jsonc:1:11: json-syntax"),
        ('{ "pages_build_output_dir": "dist" }', "describes a Pages project"),
    ],
)
def test_file_that_is_no_workers_is_refused(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path, "wrangler.jsonc", text)
    with pytest.raises(ConfigError) as raised:
        find_worker(tmp_path, None)
    assert said in raised.value.message


def test_folder_without_a_wrangler_file_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="apps has no wrangler"):
        find_worker(tmp_path, "apps")
