"""`edgefleet validate`, from its arguments to its exit code."""

import json
import re
import shutil
from pathlib import Path

import pytest

from edgefleet.cli.main import main
from edgefleet.config.validation import remote
from edgefleet.config.validation.registry import RULES
from support.fleet import Broken, broken_fleets, make_fleet
from support.many import FLEET

REPOSITORY = Path(__file__).parents[5]
PLACE = re.compile(r"^([^:]+:\d+:\d+: [a-z0-9-]+): .+; .+$")


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return make_fleet(tmp_path)


@pytest.mark.parametrize("broken", broken_fleets(), ids=lambda broken: broken.name)
def test_a_broken_configuration_is_reported_where_it_is_broken(
    broken: Broken, fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken.apply(fleet)
    code = main(["validate", "--root", str(fleet)])
    said = capsys.readouterr()
    lines = said.out.splitlines()
    matches = [PLACE.match(line) for line in lines]
    assert [match and match[1] for match in matches] == broken.findings
    assert code == broken.exit_code
    assert "Traceback" not in said.out + said.err


def test_every_rule_is_shown_by_a_broken_configuration() -> None:
    shown = {line.rsplit(" ", 1)[-1] for broken in broken_fleets() for line in broken.findings}
    of_the_contract = {relation.code for relation in FLEET.contract.relations}
    assert (
        shown
        == {rule.code for rule in RULES} - {rule.code for rule in remote.RULES} | of_the_contract
    )


def test_the_tenants_of_this_repository_are_valid(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--root", str(REPOSITORY)]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "2 tenants, 4 targets: no errors, no warnings\n"


@pytest.mark.parametrize("environment", ["dev", "staging", "production"])
def test_each_environment_of_this_repository_is_valid(environment: str) -> None:
    assert main(["validate", "--root", str(REPOSITORY), "--env", environment]) == 0


def test_one_tenant_in_one_environment_is_all_that_is_reported(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for tenant in ("alder", "birch"):
        file = fleet / "tenants" / tenant / "wrangler.jsonc"
        file.write_text(file.read_text().replace('"LOG_LEVEL"', '"LOGLEVEL"'))
    assert main(["validate", "--root", str(fleet), "--tenants=birch", "--env=prd"]) == 4
    said = capsys.readouterr()
    assert [line.split(": ")[0] for line in said.out.splitlines()] == [
        "tenants/birch/wrangler.jsonc:51:9"
    ]
    assert said.err == "1 tenant, 1 target: 1 error, no warnings\n"


def test_a_tenant_that_does_not_exist_ends_with_the_nearest_name(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", "--root", str(fleet), "--tenants", "aldre"]) == 2
    assert "did you mean 'alder'?" in capsys.readouterr().err


def test_json_stands_alone_on_stdout(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = fleet / "tenants/alder/tenant.config.json"
    file.write_text(file.read_text().replace('"alder"', '"birch"', 1))
    assert main(["validate", "--root", str(fleet), "--format", "json"]) == 4
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert (found["errors"], found["warnings"]) == (1, 0)
    assert [(each["line"], each["column"], each["code"]) for each in found["findings"]] == [
        (3, 3, "tenant-id-mismatch")
    ]


def test_github_is_told_in_its_own_commands(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (fleet / "tenants/alder/wrangler.jsonc").unlink()
    assert main(["validate", "--root", str(fleet), "--format", "github"]) == 4
    assert capsys.readouterr().out.startswith(
        "::error file=tenants/alder/wrangler.jsonc,line=1,col=1,title=file-missing::"
    )


def test_a_secret_is_found_and_never_repeated(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "Xq3vR8sLpT2wZ9yB4nM7kD1fG6hJ0cAeUiOqWsE5"
    file = fleet / "tenants/alder/tenant.config.json"
    file.write_text(file.read_text().replace('"tenantId": "alder"', f'"tenantId": "{secret}"'))
    wrangler = fleet / "tenants/alder/wrangler.jsonc"
    wrangler.write_text(wrangler.read_text().replace('"vars": {', f'"vars": {{ "{secret}": 1,', 1))
    for output_format in ("text", "json", "github"):
        assert main(["validate", "--root", str(fleet), "--format", output_format]) == 4
        said = capsys.readouterr()
        assert "secret-in-file" in said.out
        assert "tenant-id-mismatch" in said.out
        assert secret not in said.out + said.err


def test_the_whole_fleet_is_read_for_one_tenant(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(fleet / "tenants/alder", fleet / "tenants/copied")
    assert main(["validate", "--root", str(fleet), "--tenants", "birch"]) == 0
    assert main(["validate", "--root", str(fleet), "--tenants", "alder"]) == 4
    found = capsys.readouterr().out.splitlines()
    assert any("alder/wrangler.jsonc:3:3: script-shared: " in line for line in found)
    # Each problem once, at the tenant that was asked for; the other is named (C14).
    assert all(line.startswith("tenants/alder/") for line in found)
    assert all("(tenants/copied/wrangler.jsonc)" in line for line in found)


def test_a_folder_without_tenants_is_a_wrong_root(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", "--root", str(tmp_path)]) == 2
    assert "there is no folder tenants/" in capsys.readouterr().err


def test_remote_waits_until_the_files_are_right(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (fleet / "tenants/alder/wrangler.jsonc").unlink()
    assert main(["validate", "--root", str(fleet), "--remote"]) == 4
    assert "not compared with Cloudflare: correct the files first" in capsys.readouterr().err
