"""`edgefleet init` and `edgefleet tenant add`: a fleet of an empty folder and of a Worker."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from edgefleet.cli.main import main
from edgefleet.onboard.project.models import FileState
from edgefleet.onboard.project.project_files import difference, with_ignored, write_files
from support.shapes import SHAPES, changed, make_shape

ACCOUNT, OTHER = "a" * 32, "b" * 32


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def findings(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    main(["validate", "--format", "json"])
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["findings"]
    return found


def test_empty_folder_becomes_a_fleet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    assert "next: git init" in capsys.readouterr().err
    assert main(["tenant", "add", "acme", "--account", ACCOUNT]) == 0
    assert "edgefleet provision --tenants acme --env staging" in capsys.readouterr().err
    assert '"name": "shop"' in (folder / "src/worker/wrangler.jsonc").read_text()
    assert "CLOUDFLARE_API_TOKEN_ACME=" in (folder / ".env.deploy.example").read_text()
    # Only what edgefleet provision brings is missing.
    assert {one["code"] for one in findings(capsys)} == {"binding-id"}


def test_fleet_below_a_fleet_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    assert "is a fleet, too" not in capsys.readouterr().out
    (folder / "inner").mkdir()
    assert main(["init", "--root", str(folder / "inner")]) == 0
    assert f"{folder} is a fleet, too" in capsys.readouterr().out


def test_second_run_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--tenant", "acme", "--account", ACCOUNT]) == 0
    before = contents(folder)
    capsys.readouterr()
    assert main(["init", "--tenant", "acme", "--account", ACCOUNT]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert contents(folder) == before


def test_interrupted_run_is_finished_by_the_next(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--format", "json"]) == 0
    written = [file["path"] for file in json.loads(capsys.readouterr().out)["files"]]
    whole = contents(folder)
    assert {*written} == {*whole}
    for number in range(1, len(written)):
        for name in written[number:]:
            (folder / name).unlink()
        assert main(["init"]) == 0
        assert contents(folder) == whole


def test_dry_run_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--dry-run"]) == 0
    assert "+++ b/fleet.jsonc" in capsys.readouterr().out
    assert contents(folder) == {}


def test_files_of_a_worker_stay_as_they_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "index.js").write_text("export default {}")
    (folder / "wrangler.jsonc").write_text(
        '{ "name": "w", "main": "index.js", "compatibility_date": "2026-01-15" } // mine\n'
    )
    before = contents(folder)
    assert main(["init", "--tenant", "acme", "--account", ACCOUNT]) == 0
    assert main(["tenant", "add", "birch", "--account", OTHER, "--ring", "1", "--tags", "eu"]) == 0
    after = contents(folder)
    assert {name: after[name] for name in before} == before
    assert findings(capsys) == []
    birch = (folder / "tenants/birch/tenant.config.json").read_text()
    assert '"ring": 1' in birch
    assert main(["tenant", "list", "--format", "json"]) == 0
    assert {one["tenant"] for one in json.loads(capsys.readouterr().out)} == {"acme", "birch"}


def test_workflows_need_the_top_of_the_repository(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "init", "-q", folder.parent], check=True)
    assert main(["init", "--actions", f"own/er@{'1' * 40}"]) == 2
    assert "GitHub reads workflows at the top of a repository" in capsys.readouterr().err
    assert contents(folder) == {}


def test_two_tenants_may_have_one_account(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--tenant", "acme", "--account", ACCOUNT]) == 0
    assert main(["tenant", "add", "birch", "--account", ACCOUNT]) == 0
    assert {one["code"] for one in findings(capsys)} == {"binding-id"}


def test_first_tenant_of_another_account_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--tenant", "acme", "--account", ACCOUNT]) == 0
    before = contents(folder)
    assert main(["init", "--tenant", "acme", "--account", OTHER]) == 2
    assert f"there is a tenant acme already, with the account {ACCOUNT}" in capsys.readouterr().err
    assert contents(folder) == before


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_fleet_file_that_is_no_file_is_named(
    folder: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if kind == "folder":
        (folder / "fleet.jsonc").mkdir()
    else:
        (folder / "fleet.jsonc").symlink_to(folder / "absent")
    (folder / "tenants").mkdir()
    for words in (["init"], ["tenant", "add", "acme", "--account", ACCOUNT]):
        assert main(words) == 4
        assert "fleet.jsonc:1:1: " in capsys.readouterr().err
    assert contents(folder) == {}


def test_wrangler_file_of_another_form_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "wrangler.jsonc").write_text('{ "name": "w", "main": "i.js", "env": [1] }')
    assert main(["init"]) == 4
    assert "wrangler.jsonc:1:" in capsys.readouterr().err
    assert not (folder / "fleet.jsonc").exists()


def test_tenants_that_lack_resources_are_listed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--tenant", "acme", "--account", ACCOUNT]) == 0
    capsys.readouterr()
    assert main(["tenant", "list"]) == 0
    assert "acme" in capsys.readouterr().out


def test_json_is_one_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--tenant", "a", "--account", ACCOUNT, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"path": "tenants/a/tenant.config.json", "state": "new"} in found["files"]
    assert found["next"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["init", "--tenant", "acme"], 2, "add --account ID"),
        (["init", "--account", ACCOUNT], 2, "add --tenant NAME"),
        (["init", "--tenant", "Acme", "--account", ACCOUNT], 2, "NAME 'Acme' is not"),
        (["init", "--actions", "own/er@main"], 2, "is not a commit of 40 digits"),
        (["init", "--actions", "er"], 2, "is not OWNER/NAME"),
        (["init", "--worker", "../other"], 2, "is no folder inside"),
        (["init", "--tenant", "all", "--account", ACCOUNT], 2, "the word means something else"),
        (["init", "--worker", "nowhere"], 2, "nowhere has no wrangler"),
        (["tenant", "add", "acme", "--account", "123"], 2, "--account '123' is not"),
        (
            ["tenant", "add", "acme", "--account", ACCOUNT, "--tags", "A B"],
            2,
            "--tags 'A B' is not",
        ),
        (["tenant", "add", "all", "--account", ACCOUNT], 2, "the word means something else"),
        (["tenant", "add", "staging", "--account", ACCOUNT], 2, "the word means something else"),
        (["tenant", "add", "shard-1", "--account", ACCOUNT], 2, "the word means something else"),
        (["tenant", "add", "taken", "--account", ACCOUNT], 2, "there is a tenant taken already"),
        (
            ["tenant", "add", "taken-staging", "--account", ACCOUNT],
            2,
            "would collide with those of",
        ),
    ],
)
def test_wrong_usage_writes_nothing(
    folder: Path, words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if words[0] == "tenant":
        assert main(["init", "--tenant", "taken", "--account", OTHER]) == 0
    before = contents(folder)
    assert main(words) == code
    assert said in capsys.readouterr().err
    assert contents(folder) == before


def test_invalid_fleet_file_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "fleet.jsonc").write_text('{ "worker": { "foldr": "x" } }')
    before = contents(folder)
    assert main(["init"]) == 4
    assert "fleet.jsonc:1:15: fleet-unknown-key" in capsys.readouterr().err
    assert contents(folder) == before


def test_tenant_without_a_fleet_names_init(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tenants").mkdir()
    assert main(["tenant", "add", "acme", "--account", ACCOUNT]) == 4
    assert "edgefleet init" in capsys.readouterr().err


def test_gitignore_gets_the_lines_that_it_lacks(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_bytes(b".env*\r\n/deployments/")
    file = with_ignored(tmp_path, (".edgefleet/", "deployments/", ".env.deploy"))
    assert file.state is FileState.APPENDED
    assert "+.edgefleet/" in difference(file)
    write_files(tmp_path, [file])
    written = (tmp_path / ".gitignore").read_bytes()
    assert written.startswith(b".env*\r\n/deployments/\r\n#")
    assert written.endswith(b"\r\n.edgefleet/\r\n")
    again = with_ignored(tmp_path, (".edgefleet/", "deployments/", ".env.deploy"))
    assert again.state is FileState.KEPT


@pytest.mark.parametrize("broken", ["link", "latin-1"])
def test_gitignore_that_cannot_be_read_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    ignore = folder / ".gitignore"
    if broken == "link":
        ignore.symlink_to(folder.parent / "elsewhere")
    else:
        ignore.write_bytes("*.caf\xe9".encode("latin-1"))
    assert main(["init"]) == 2
    said = capsys.readouterr().err
    assert ".gitignore cannot be read" in said
    assert "in UTF-8, and run the command again" in said
    assert not (folder / "fleet.jsonc").exists()


@pytest.mark.parametrize("name", SHAPES)
def test_worker_of_any_shape_is_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make_shape(tmp_path, name)
    monkeypatch.chdir(project.root)
    assert main(["init", "--tenant", "acme", "--account", ACCOUNT]) == 0
    assert main(["tenant", "add", "birch", "--account", OTHER]) == 0
    assert changed(project) == [".gitignore"]
    # What edgefleet provision brings, and no more, is missing.
    assert {one["code"] for one in findings(capsys) if one["severity"] == "error"} <= {
        "binding-id",
        "binding-incomplete",
        "kv-namespace-shared",
    }
