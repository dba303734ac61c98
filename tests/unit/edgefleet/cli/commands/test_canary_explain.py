"""Wrong usage of `edgefleet canary explain` is said in one line, before anything is read."""

from pathlib import Path

import pytest

from edgefleet.cli.main import main
from support.many import make_tenant


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--env staging --tenants all", "none of these targets has a canary with steps in staging"),
        ("--env staging --tenants all --canary none", "none of these targets has a canary"),
        ("--env staging --tenants all --canary 5 --errors much", "--errors much is neither"),
        ("--env staging --tenants all --canary 50,5", "must be shares that grow"),
        ("--env staging --tenants t009", "there is no tenant 't009'"),
        ("--env dev --tenants all", "dev runs on this machine"),
    ],
)
def test_wrong_options_of_explain_are_refused(
    tmp_path: Path, options: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make_tenant(tmp_path, "t000")
    (tmp_path / "src" / "worker").mkdir(parents=True, exist_ok=True)
    classes = "export class ChatSession {}\nexport class RateLimiter {}\n"
    (tmp_path / "src" / "worker" / "index.ts").write_text(classes)

    code = main(["canary", "explain", *options.split(), "--root", str(tmp_path)])

    assert code == 2
    assert said in capsys.readouterr().err
