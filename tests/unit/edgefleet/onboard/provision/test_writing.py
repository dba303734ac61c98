"""Ids go into the tenant's own file, in place, in the form that the section has."""

from pathlib import Path

import pytest

from edgefleet.cloudflare.named_resources import ResourceKind as K
from edgefleet.config.target import STAGING, Target
from edgefleet.onboard.provision.models import BoundAt, Step, StepState, Wanted
from edgefleet.onboard.provision.writing import write_id

TARGET = Target(tenant="acme", environment=STAGING)
KV = BoundAt(("kv_namespaces",), "CACHE", "id")
D1 = BoundAt(("d1_databases",), "DB", "database_id", "database_name")
QUEUE = BoundAt(("queues", "producers"), "JOBS", "queue")
CONSUMER = BoundAt(("queues", "consumers"), "jobs")


def written(root: Path, before: str, *bound: BoundAt) -> str:
    file = root / "tenants" / "acme" / "wrangler.jsonc"
    file.parent.mkdir(parents=True)
    if before:
        file.write_text(before)
    write_id(root, TARGET, Step(Wanted(K.DATABASE, "orders", None, bound), StepState.DONE, "new"))
    return file.read_text()


@pytest.mark.parametrize(
    ("section", "after"),
    [
        (
            '[{ "binding": "CACHE", "id": "old" }] // c',
            '[{ "binding": "CACHE", "id": "new" }] // c',
        ),
        ('[{ "binding": "CACHE" }]', '[{ "binding": "CACHE", "id": "new" }]'),
        (
            '[{ "binding": "OTHER", "id": "1" }]',
            '[{ "binding": "OTHER", "id": "1" }, { "binding": "CACHE", "id": "new" }]',
        ),
        ('{ "CACHE": {} }', '{ "CACHE": { "id": "new" } }'),
        ('{ "OTHER": null }', '{ "OTHER": null, "CACHE": { "id": "new" } }'),
    ],
)
def test_a_binding_keeps_the_form_of_its_section(tmp_path: Path, section: str, after: str) -> None:
    before = f'{{ "env": {{ "staging": {{\n  "kv_namespaces": {section}\n}} }} }}\n'
    assert written(tmp_path, before, KV) == before.replace(section, after)


def test_a_tenant_without_a_file_gets_one(tmp_path: Path) -> None:
    assert (
        written(tmp_path, "", KV, D1, QUEUE, CONSUMER)
        == """\
{
  "env": {
    "staging": {
      "kv_namespaces": [
        { "binding": "CACHE", "id": "new" }
      ],
      "d1_databases": [
        { "binding": "DB", "database_name": "orders", "database_id": "new" }
      ],
      "queues": {
        "producers": [
          { "binding": "JOBS", "queue": "new" }
        ]
      }
    }
  }
}
"""
    )
