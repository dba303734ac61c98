"""Files are edited as a whole, and never over what another program wrote meanwhile."""

from pathlib import Path

import pytest

from edgefleet.config.editing.edits import set_value
from edgefleet.config.editing.file_edit import edit_file
from edgefleet.errors import ConfigError


def to_two(text: str) -> str:
    return set_value(text, ("a",), 2)


def test_bytes_around_the_value_and_permissions_stay(tmp_path: Path) -> None:
    file = tmp_path / "w.jsonc"
    file.write_bytes('\ufeff{\r\n\t"a": 1, // ä\r\n}\r\n'.encode())
    file.chmod(0o640)
    assert edit_file(tmp_path, "w.jsonc", to_two)
    assert file.read_bytes() == '\ufeff{\r\n\t"a": 2, // ä\r\n}\r\n'.encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["w.jsonc"]


def test_a_file_that_says_it_already_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "w.jsonc"
    file.write_text('{ "a": 2 }')
    inode = file.stat().st_ino
    assert not edit_file(tmp_path, "w.jsonc", to_two)
    assert file.stat().st_ino == inode


def test_a_file_that_is_not_there_is_made_with_its_folder(tmp_path: Path) -> None:
    assert edit_file(tmp_path, "tenants/acme/w.jsonc", to_two)
    assert (tmp_path / "tenants/acme/w.jsonc").read_text() == '{\n  "a": 2\n}\n'
    assert [each.name for each in (tmp_path / "tenants/acme").iterdir()] == ["w.jsonc"]


@pytest.mark.parametrize("before", ['{ "a": 1 }', None])
def test_what_another_program_wrote_meanwhile_stays(tmp_path: Path, before: str | None) -> None:
    file = tmp_path / "w.jsonc"
    if before:
        file.write_text(before)

    def slowly(text: str) -> str:
        file.write_text('{ "theirs": 1 }')
        return to_two(text)

    with pytest.raises(ConfigError, match=r"w\.jsonc: .* meanwhile; edgefleet left it") as refused:
        edit_file(tmp_path, "w.jsonc", slowly)
    assert refused.value.hint == "run the command again"
    assert file.read_text() == '{ "theirs": 1 }'
    assert [each.name for each in tmp_path.iterdir()] == ["w.jsonc"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{\n  "a" 1\n}', r"w\.jsonc:2:7: json-syntax: "),
        (b'{ "a": 1, "a": 1 }', r"w\.jsonc:1:11: json-duplicate-key: "),
        (b"", r"w\.jsonc:1:1: file-empty: "),
        (b'{ "a": "\xff" }', r"w\.jsonc: byte 9 is not UTF-8"),
        (b" " * 300_000, r"w\.jsonc: it has 300,000 bytes, more than 262,144"),
        (b'{ "b": 1 }', r"w\.jsonc: b is nothing that can take c"),
    ],
)
def test_a_file_that_cannot_be_edited_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "w.jsonc"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        edit_file(tmp_path, "w.jsonc", lambda text: set_value(text, ("b", "c"), 1))
    assert file.read_bytes() == content


def test_a_link_is_followed_by_no_edit(tmp_path: Path) -> None:
    (tmp_path / "other.jsonc").write_text('{ "a": 1 }')
    (tmp_path / "w.jsonc").symlink_to("other.jsonc")
    with pytest.raises(ConfigError, match=r"w\.jsonc: it cannot be read: it is a link"):
        edit_file(tmp_path, "w.jsonc", to_two)
    assert (tmp_path / "other.jsonc").read_text() == '{ "a": 1 }'


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("")
    with pytest.raises(ConfigError, match=r"folder/w\.jsonc: it cannot be"):
        edit_file(tmp_path, "folder/w.jsonc", to_two)
