"""What linters say of the workflows that edgefleet writes for another repository."""

import subprocess
from pathlib import Path

from lint_workflows import diagnostics
from support.thin_workflows import as_ours, rendered

ZIZMOR = ("zizmor", "--offline", "--no-progress", "--persona=auditor", "--quiet")
SCHEMA = ("check-jsonschema", "--builtin-schema", "vendor.github-workflows")


def test_an_auditor_and_githubs_schema_find_nothing(tmp_path: Path) -> None:
    files = rendered(tmp_path)
    assert len(files) == 6
    for command in ((*ZIZMOR, str(tmp_path / ".github")), (*SCHEMA, *map(str, files))):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_githubs_language_server_finds_nothing(tmp_path: Path) -> None:
    """Beside our actions: it knows their inputs and outputs then."""
    assert list(diagnostics(tmp_path, as_ours(tmp_path))) == []
