"""`edgefleet adopt`: options that do not go together, and fleets that are not there."""

from pathlib import Path

import pytest

from edgefleet.cli.main import main

ACCOUNT = "1" * 32


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Make a fleet without tenants."""
    (tmp_path / "tenants").mkdir()
    (tmp_path / "fleet.jsonc").write_text("{}")
    worker = tmp_path / "src/worker"
    worker.mkdir(parents=True)
    (worker / "index.ts").write_text("export default {};")
    (worker / "wrangler.jsonc").write_text(
        '{ "name": "w", "main": "index.ts", "env": { "staging": {} } }'
    )
    return tmp_path


def refused(root: Path, capsys: pytest.CaptureFixture[str], *words: str, code: int = 2) -> str:
    assert main(["adopt", *words, "--root", str(root)]) == code
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return printed.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name the account with --account ID"),
        (["--account", "acme", "--script", "x"], "'acme' is no account id"),
        (["--account", ACCOUNT], "name one Worker with --script NAME, or take --all"),
        (["--account", ACCOUNT, "--script", "x", "--all"], "or take --all"),
        (["--account", ACCOUNT, "--script", "x", "--env", "dev"], "dev runs on this machine"),
        (
            ["--account", f"{ACCOUNT}=a", "--script", "x", "--tenant", "b"],
            "--tenant is the tenant of one account",
        ),
        (
            ["--account", ACCOUNT, "--script", "x", "--dry-run", "--download"],
            "--dry-run writes nothing",
        ),
        (["--account", ACCOUNT, "--script", "x", "--tenant", "A b"], "'A b' is no tenant's name"),
        (["--account", ACCOUNT, "--all"], f"--account {ACCOUNT}=NAME"),
    ],
)
def test_wrong_options_are_refused(
    fleet: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert said in refused(fleet, capsys, *words)


SCRIPT = ("--account", ACCOUNT, "--script", "x-staging")


def test_a_folder_without_a_fleet_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(tmp_path, capsys, *SCRIPT)
    assert "there is no folder tenants/" in said
    assert "edgefleet init" in said


def test_a_fleet_without_its_file_is_refused(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (fleet / "fleet.jsonc").unlink()
    said = refused(fleet, capsys, *SCRIPT, code=4)
    assert "edgefleet init; or write fleet.jsonc by hand" in said


def test_a_fleet_file_with_a_mistake_is_refused_with_its_place(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (fleet / "fleet.jsonc").write_text('{ "lock": "no" }')
    assert "fleet.jsonc:1:3: fleet-value" in refused(fleet, capsys, *SCRIPT, code=4)


def test_a_fleet_without_a_worker_is_refused(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (fleet / "src/worker/wrangler.jsonc").unlink()
    said = refused(fleet, capsys, *SCRIPT, code=4)
    assert "src/worker has no wrangler file" in said
    assert "edgefleet init; or write src/worker/wrangler.jsonc by hand" in said


def test_a_base_with_a_mistake_is_refused_with_its_place(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (fleet / "src/worker/wrangler.jsonc").write_text("{ oops }")
    assert "src/worker/wrangler.jsonc:1:3: json" in refused(fleet, capsys, *SCRIPT, code=4)


def test_an_environment_that_the_base_lacks_is_refused(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--account", ACCOUNT, "--script", "x-production")
    assert "has no environment 'production'" in refused(fleet, capsys, *words, code=4)


def test_a_tenant_of_another_account_is_refused(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = fleet / "tenants/x"
    folder.mkdir()
    (folder / "tenant.config.json").write_text(f'{{ "tenantId": "x", "accountId": "{"2" * 32}" }}')
    said = refused(fleet, capsys, *SCRIPT, code=4)
    assert "tenants/x/tenant.config.json says that x has the account 2222" in said


def test_a_tenants_file_with_a_mistake_is_refused_with_its_place(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = fleet / "tenants/x"
    folder.mkdir()
    (folder / "tenant.config.json").write_text(f'{{ "tenantId": "x", "accountId": "{ACCOUNT}" }}')
    (folder / "wrangler.jsonc").write_text("{\n  oops\n}")
    assert "tenants/x/wrangler.jsonc:2:3: json" in refused(fleet, capsys, *SCRIPT, code=4)


def test_a_missing_token_is_named(
    fleet: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_TOKEN_X", "EDGEFLEET_CREDENTIAL_COMMAND"):
        monkeypatch.delenv(name, raising=False)
    said = refused(fleet, capsys, *SCRIPT, code=5)
    assert "there is no token for x-staging" in said
    assert "CLOUDFLARE_API_TOKEN_X" in said
