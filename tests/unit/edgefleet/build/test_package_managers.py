"""What package managers are asked for."""

import pytest

from edgefleet.build.package_managers import MANAGERS


@pytest.mark.parametrize(
    ("tool", "lock", "arguments"),
    [
        ("npm", "", "ci"),
        ("pnpm", "", "install --frozen-lockfile"),
        ("yarn", "# yarn lockfile v1", "install --frozen-lockfile"),
        ("yarn", "__metadata:\n  version: 8", "install --immutable"),
        ("bun", "", "install --frozen-lockfile"),
    ],
)
def test_every_package_manager_installs_the_frozen_lock_file(
    tool: str, lock: str, arguments: str
) -> None:
    assert " ".join(MANAGERS[tool].installs(lock)) == arguments
