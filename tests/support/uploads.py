"""Forms of uploads, read without edgefleet's own code, and configurations that say everything."""

import email
import email.policy
import json
from dataclasses import dataclass
from typing import Any

from support.wrangler import Wrangler

CODE = "export default { fetch() {} };\nexport class Room {}\nexport class Order {}\n"

DATABASE = "7fa52e6d-90f7-4a09-a795-ebaef09a9f4c"

LOCAL: dict[str, Any] = {
    "send_email": [
        {"name": "MAIL"},
        {"name": "MAIL_ONE", "destination_address": "a@example.com"},
        {
            "name": "MAIL_SOME",
            "allowed_destination_addresses": ["a@example.com", "b@example.com"],
            "allowed_sender_addresses": ["c@example.com"],
        },
    ],
    "secrets_store_secrets": [{"binding": "STORED", "store_id": "s", "secret_name": "n"}],
    "ratelimits": [{"name": "LIMIT", "namespace_id": "1001", "simple": {"limit": 5, "period": 60}}],
    "mtls_certificates": [{"binding": "CERTIFICATE", "certificate_id": "c"}],
    "pipelines": [{"binding": "PIPELINE", "pipeline": "p"}, {"binding": "FLOW", "stream": "s"}],
    "worker_loaders": [{"binding": "LOADER"}],
    "logfwdr": {"bindings": [{"name": "LOGS", "destination": "d"}]},
    "browser": {"binding": "BROWSER"},
    "ai": {"binding": "AI", "staging": False},
    "images": {"binding": "IMAGES"},
    "media": {"binding": "MEDIA"},
    "version_metadata": {"binding": "VERSION"},
    "unsafe_hello_world": [{"binding": "HELLO", "enable_timer": False}, {"binding": "HELLO_2"}],
    "vpc_services": [{"binding": "VPC", "service_id": "s"}],
    "vpc_networks": [
        {"binding": "TUNNEL", "tunnel_id": "t"},
        {"binding": "NETWORK", "network_id": "n"},
    ],
    "ai_search": [{"binding": "SEARCH", "instance_name": "i"}],
    "ai_search_namespaces": [{"binding": "SEARCHES", "namespace": "n"}],
    "analytics": {"binding": "SQL"},
    "artifacts": [{"binding": "ARTIFACTS", "namespace": "n"}],
    "flagship": [{"binding": "FLAGS", "app_id": "a"}],
    "k2": [{"binding": "EVENTS", "stream": "s"}],
    "stream": {"binding": "VIDEOS"},
    "unsafe": {
        "bindings": [
            {
                "name": "UNSAFE",
                "type": "ratelimit",
                "namespace_id": "1002",
                "simple": {"limit": 1, "period": 10},
            }
        ]
    },
}
"""Kinds of bindings that localedge takes where nothing was made for them before."""

ELSEWHERE: dict[str, Any] = {
    "kv_namespaces": [{"binding": "KV", "id": "1" * 32, "preview_id": "p", "remote": True}],
    "durable_objects": {
        "bindings": [
            {"name": "ROOM", "class_name": "Room"},
            {
                "name": "ROOM_ELSEWHERE",
                "class_name": "Room",
                "script_name": "other",
                "environment": "production",
            },
        ]
    },
    "workflows": [
        {"binding": "FLOW_2", "name": "flow-2", "class_name": "Order", "script_name": "other"},
    ],
    "queues": {
        "producers": [{"binding": "QUEUE", "queue": "queue"}],
    },
    "analytics_engine_datasets": [{"binding": "POINTS"}, {"binding": "SET", "dataset": "set"}],
    "hyperdrive": [{"binding": "POOL", "id": "57b7076f58be42419276f058a8968187"}],
    "r2_buckets": [
        {"binding": "BUCKET", "bucket_name": "bucket"},
        {"binding": "BUCKET_EU", "bucket_name": "bucket", "jurisdiction": "eu"},
    ],
    "d1_databases": [{"binding": "DB", "database_name": "db", "database_id": DATABASE}],
    "vectorize": [{"binding": "INDEX", "index_name": "index"}],
    "agent_memory": [{"binding": "MEMORY", "namespace": "memory"}],
    "services": [
        {"binding": "SERVICE", "service": "other"},
        {
            "binding": "SERVICE_ALL",
            "service": "other",
            "environment": "production",
            "entrypoint": "Named",
            "props": {"a": [1]},
        },
        {"binding": "SERVICE_PROPS", "service": "other", "props": {}},
    ],
    "dispatch_namespaces": [
        {"binding": "CUSTOMERS", "namespace": "n"},
        {
            "binding": "CUSTOMERS_OUT",
            "namespace": "n",
            "outbound": {"service": "o", "environment": "production", "parameters": ["p", "q"]},
        },
        {"binding": "CUSTOMERS_BARE", "namespace": "n", "outbound": {"service": "o"}},
    ],
}
"""The others: most of them point at what must exist."""

VARS: dict[str, Any] = {
    "TEXT": "text",
    "EMPTY": "",
    "QUOTED": 'a "quoted"\r\n--line ü 🎈',
    "NUMBER": 1,
    "FRACTION": 1.5,
    "NO": False,
    "NOTHING": None,
    "LIST": [1, {"a": "2"}],
}


def config(**more: Any) -> dict[str, Any]:
    """Return a resolved configuration whose one module is `CODE`."""
    return {
        "name": "everything",
        "account_id": "a" * 32,
        "main": "index.js",
        "no_bundle": True,
        "compatibility_date": "2026-01-15",
        **more,
    }


@dataclass
class Form:
    """An upload: its metadata, its modules as (content type, bytes), the names of its parts."""

    metadata: dict[str, Any]
    modules: dict[str, tuple[str, bytes]]
    parts: list[str]


def read_form(body: bytes) -> Form:
    """Read a form, whose first line is its boundary."""
    boundary = body.split(b"\r\n", 1)[0].removeprefix(b"--")
    head = b'Content-Type: multipart/form-data; boundary="' + boundary + b'"\r\n\r\n'
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    form = Form({}, {}, [])
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        form.parts.append(str(name))
        if part.get_filename() is None:
            assert name == "metadata"
            assert "content-type" not in part
            form.metadata = json.loads(content)
        else:
            assert part.get_filename() == name
            form.modules[str(name)] = (part.get_content_type(), content)
    return form


def by_name(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return metadata whose bindings have no order."""
    return {**metadata, "bindings": {item["name"]: item for item in metadata["bindings"]}}


def dry_run(wrangler: Wrangler, *command: str) -> Form:
    """Return what a command of wrangler would upload for the project's configuration."""
    out = wrangler.folder / "upload.form"
    wrangler.ok(*command, "--dry-run", "--outfile", str(out))
    return read_form(out.read_bytes())
