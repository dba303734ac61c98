"""The list of targets."""

from pathlib import Path

from edgefleet.reports.tenants import rows, tenants_text
from support.many import tenant_of


def test_each_target_says_what_it_can_be_selected_by(tmp_path: Path) -> None:
    tenant = tenant_of(tmp_path, "t000", ring=2, tags=["eu", "beta"])
    found = rows([tenant], lambda _: None)
    assert [(row["environment"], row["ring"], row["tags"]) for row in found] == [
        ("staging", 2, ["eu", "beta"]),
        ("production", 2, ["eu", "beta"]),
    ]
    first = tenants_text(found).splitlines()[2].split()
    assert first[:4] == ["t000", "staging", "2", "eu,beta"]
