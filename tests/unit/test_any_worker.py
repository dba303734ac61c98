"""edgefleet and the steps in ci/ know no Worker: what ours needs stands under src/worker."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = re.compile(
    r"\bChatSession\b|\bCHAT_SESSION\b|\bRATE_LIMITER(?:_DO)?\b|\bTENANT_CONFIG\b|\bMODEL_ID\b"
    r"|\bmodelId\b|\baiModels\b|\ballowedModels\b|\baiGatewayId\b|\btokenBudget\b|\bapiKeyDigests\b"
    r"|\bvectorizeNamespace\b|\bsessionRetentionDays\b|\bfeatureFlags\b|\bMAX_REQUEST_BODY_SIZE\b"
)
"""Names of our Worker's bindings, classes, vars, settings and responses."""
FILES = [
    file
    for folder in ("src/edgefleet", "src/localedge", "ci")
    for file in sorted((ROOT / folder).rglob("*"))
    if file.suffix in {".py", ".sh", ".mjs", ".js"}
]


def test_there_are_files_to_search() -> None:
    assert len(FILES) > 300


@pytest.mark.parametrize("name", ["bindings.TENANT_CONFIG", "ChatSession {}", '"aiModels"'])
def test_the_search_finds_such_a_name(name: str) -> None:
    assert OURS.search(name)


def test_no_name_of_our_worker_stands_in_the_tools() -> None:
    found = {
        str(file.relative_to(ROOT)): OURS.findall(file.read_text("utf-8"))
        for file in FILES
        if OURS.search(file.read_text("utf-8"))
    }
    assert found == {}
