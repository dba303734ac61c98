"""The contract tests of wrangler, all of them, with the oldest wrangler that localedge knows."""

import os
import subprocess
import sys

import pytest

from support.wrangler import OLDEST, ROOT, TREE


@pytest.mark.timeout(3600)
def test_the_contract_tests_of_wrangler_pass() -> None:
    files = sorted((ROOT / "tests" / "contract").glob("test_wrangler_*.py"))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, TREE: str(OLDEST)}, check=False)
    assert done.returncode == 0
