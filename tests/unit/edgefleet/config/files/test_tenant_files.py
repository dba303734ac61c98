"""The folder of a fleet."""

import os
from pathlib import Path

import pytest

from edgefleet.config.files.tenant_files import (
    find_root,
    load_tenant,
    other_files,
    read_source,
    tenant_names,
)
from edgefleet.config.reading.rule import Severity
from edgefleet.errors import UsageError
from support.fleet import make_fleet


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return make_fleet(tmp_path)


class TestFindRoot:
    def test_the_nearest_folder_upward_is_taken(self, fleet: Path) -> None:
        assert find_root(fleet / "tenants" / "alder", None) == fleet

    def test_an_explicit_one_is_not_searched_upward(self, fleet: Path) -> None:
        assert find_root(Path("/"), fleet) == fleet
        with pytest.raises(UsageError, match="no folder tenants/ in"):
            find_root(fleet, fleet / "tenants")

    def test_none_at_all_is_wrong_usage(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="or any folder above it") as caught:
            find_root(tmp_path, None)
        assert "--root" in caught.value.hint


class TestTenants:
    def test_tenants_are_folders_in_order(self, fleet: Path) -> None:
        (fleet / "tenants/.hidden").mkdir()
        (fleet / "tenants/aspen").mkdir()
        (fleet / "tenants/README.md").write_text("")
        assert tenant_names(fleet) == ("alder", "aspen", "birch")

    def test_a_folder_without_files_loads_with_two_problems(self, fleet: Path) -> None:
        (fleet / "tenants/aspen").mkdir()
        loaded = load_tenant(fleet, "aspen")
        assert [problem.rule.code for problem in loaded.problems] == ["file-missing"] * 2
        assert loaded.files.config.value is None

    def test_what_is_right_loads_without_problems(self, fleet: Path) -> None:
        loaded = load_tenant(fleet, "alder")
        assert loaded.problems == ()
        assert loaded.files.config.keys["tenantId"] == "alder"
        assert loaded.files.wrangler.keys["name"] == "alder-worker"


class TestOtherFiles:
    def test_all_but_the_two_and_the_folders_of_tools_are_given(self, fleet: Path) -> None:
        for file in ("README.md", "alder/notes/a.txt", "alder/.wrangler/state", "birch/b.txt"):
            path = fleet / "tenants" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file)
        found = {document.file: document.text for document, _ in other_files(fleet, ["alder"])}
        assert found == {
            "tenants/README.md": "README.md",
            "tenants/alder/notes/a.txt": "alder/notes/a.txt",
        }

    def test_what_is_too_large_to_search_is_a_warning(self, fleet: Path) -> None:
        folder = fleet / "tenants/alder"
        (folder / "large").write_bytes(b" " * 300_000)
        (folder / "logo.png").write_bytes(b"\x89PNG\xff")
        problems = {
            document.file.rsplit("/", 1)[-1]: problem
            for document, problem in other_files(fleet, ["alder"])
        }
        assert problems["logo.png"] is None
        large = problems["large"]
        assert large is not None
        assert (large.rule.code, large.severity) == ("file-too-large", Severity.WARNING)


@pytest.mark.parametrize("main", ["", "missing.ts", "\0", "x" * 5000])
def test_a_source_that_is_no_file_has_no_text(tmp_path: Path, main: str) -> None:
    assert read_source(tmp_path / main) is None


@pytest.mark.parametrize("target", ["/", "/proc/kmsg", "/dev/zero", "nowhere", "../birch"])
@pytest.mark.parametrize("where", ["linked", "alder/linked", "alder/notes/linked"])
def test_a_link_is_not_followed_wherever_it_leads(fleet: Path, where: str, target: str) -> None:
    """Review 20: neither read, nor searched, nor taken for a tenant."""
    link = fleet / "tenants" / where
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(target)
    assert tenant_names(fleet) == ("alder", "birch")
    (found,) = ((it.file, why) for it, why in other_files(fleet, ["alder"]) if why)
    file, problem = found
    assert file == f"tenants/{where}"
    assert problem.rule.code == "file-link"
    assert problem.severity is Severity.ERROR


def test_a_pipe_is_not_waited_for(fleet: Path) -> None:
    """Review 20."""
    os.mkfifo(fleet / "tenants/alder/pipe")
    (fleet / "tenants/alder/wrangler.jsonc").unlink()
    os.mkfifo(fleet / "tenants/alder/wrangler.jsonc")
    (problem,) = load_tenant(fleet, "alder").problems
    assert problem.rule.code == "file-unreadable"
    (other,) = (why for _, why in other_files(fleet, ["alder"]) if why)
    assert (other.rule.code, other.severity) == ("file-unreadable", Severity.ERROR)


def test_a_folder_of_tenants_that_is_a_link_is_wrong_usage(fleet: Path, tmp_path: Path) -> None:
    """Review 20."""
    root = tmp_path / "other"
    root.mkdir()
    (root / "tenants").symlink_to("/")
    with pytest.raises(UsageError, match="is a symbolic link"):
        find_root(root, None)


@pytest.mark.parametrize("main", ["/dev/zero", "/dev/stdin"])
def test_a_source_that_is_a_device_has_no_text(main: str) -> None:
    assert read_source(Path(main)) is None
