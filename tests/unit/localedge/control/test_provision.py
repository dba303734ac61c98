from pathlib import Path

import pytest

from localedge.control.provision import ProvisionedResource, UnreadableFile, read_resources

DATABASE = "postgres://u:p@127.0.0.1/d"
FILE = """
{
  // A comment, and trailing commas.
  "account_id": "top",
  "kv_namespaces": [{ "binding": "PAGES", "id": "kv-top" }, { "binding": "UNMADE" }],
  "env": {
    "staging": {
      "d1_databases": [{ "binding": "DB", "database_name": "rows", "database_id": "d1-staging" }],
    },
    "production": {
      "account_id": "other",
      "vectorize": [{ "binding": "V", "index_name": "index" }],
      "r2_buckets": [{ "binding": "F", "bucket_name": "files", "jurisdiction": "eu" }],
      "queues": { "producers": [{ "binding": "Q", "queue": "jobs" }],
                  "consumers": [{ "queue": "dead" }] },
      "hyperdrive": [{ "binding": "POOL", "id": "pool-id",
                       "localConnectionString": "postgres://u:p@127.0.0.1/d" }],
    },
  },
}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "wrangler.jsonc"
    path.write_text(text)
    return path


def test_environments_are_read_and_missing_ids_left_out(tmp_path: Path) -> None:
    assert read_resources(written(tmp_path, FILE)) == [
        ProvisionedResource("top", "kv_namespaces", "kv-top", "PAGES"),
        ProvisionedResource("top", "d1_databases", "d1-staging", "rows"),
        ProvisionedResource("other", "vectorize", "index", "index"),
        ProvisionedResource("other", "r2_buckets", "files", "files", "eu"),
        ProvisionedResource("other", "queues", "jobs", "jobs"),
        ProvisionedResource("other", "queues", "dead", "dead"),
        ProvisionedResource("other", "hyperdrive", "pool-id", "POOL", origin=DATABASE),
    ]


def test_a_file_that_names_nothing_gives_nothing(tmp_path: Path) -> None:
    assert read_resources(written(tmp_path, "{}")) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "name = 'toml'",
        '{"env": [1]}',
        '{"env": {"a": 1}}',
        '{"account_id": 1, "kv_namespaces": [{"binding": "B", "id": "x"}]}',
        '{"kv_namespaces": [1]}',
        '{"queues": [{"queue": "x"}]}',
        '{"kv_namespaces": {"a": 1}}',
        '{"kv_namespaces": [{"id": "x"}]}',
        '{"kv_namespaces": [{"binding": "B", "id": 7}]}',
        '{"hyperdrive": [{"binding": "B", "id": "x", "localConnectionString": "no url"}]}',
    ],
)
def test_a_file_of_another_form_is_named_in_the_message(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UnreadableFile, match=str(path)):
        read_resources(path)


def test_a_file_that_cannot_be_read_is_named_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_resources(tmp_path / "absent.jsonc")
    latin = tmp_path / "latin.jsonc"
    latin.write_bytes(b'{"name": "\xe9"}')
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_resources(latin)
