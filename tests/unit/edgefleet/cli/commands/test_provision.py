"""Options of `edgefleet provision` that do not go together, and files that are wrong."""

from pathlib import Path

import pytest

from edgefleet.cli.main import main
from support.fleet import make_fleet


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ("--tenants alder --env dev", 2, "dev runs on this machine"),
        ("--tenants alder --env staging --yes", 2, "--yes answers the question"),
        ("--tenants all --env staging --subdomain shop", 2, "--tenants selects 2 tenants"),
        ("--tenants alder --env staging --subdomain No.Dots", 2, "1 to 63 lower-case letters"),
        ("--tenants no-tenant --env staging", 2, "no-tenant"),
        ("--tenants all --env staging", 5, "alder-staging: could not provision: there is no token"),
    ],
)
def test_each_wrong_option_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: str,
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(make_fleet(tmp_path))
    assert main(["provision", *options.split()]) == code
    assert words in capsys.readouterr().err


def test_files_that_are_wrong_but_for_ids_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_fleet(tmp_path)
    monkeypatch.chdir(root)
    file = root / "tenants" / "alder" / "wrangler.jsonc"
    text = file.read_text().replace('"compatibility_date"', '"compatibility_day"')
    file.write_text(text)
    assert main(["provision", "--tenants", "alder", "--env", "staging"]) == 4
    said = capsys.readouterr().err
    assert "tenants/alder/wrangler.jsonc:" in said
    assert "compatibility_day" in said
