"""A live Worker as Cloudflare would tell it of a resolved configuration, without a Cloudflare."""

from typing import Any

from edgefleet.cloudflare.settings import settings
from edgefleet.cloudflare.worker.bundle import Bundle, Module
from edgefleet.cloudflare.worker.metadata import bindings, metadata
from edgefleet.onboard.adopt.models import LiveWorker

ACCOUNT = "a" * 32
CODE = b"export default {};"
TYPE = "application/javascript+module"
BUNDLE = Bundle(
    main_module="index.js",
    modules=(Module(name="index.js", content_type=TYPE, content=CODE),),
    builder="a test",
)


def live_worker(resolved: dict[str, Any], **more: Any) -> LiveWorker:
    """Return what Cloudflare tells once a configuration is deployed."""
    steps = resolved.get("migrations") or []
    classes = {
        name: key == "new_sqlite_classes"
        for step in steps
        for key in ("new_sqlite_classes", "new_classes")
        for name in step.get(key, ())
    }
    sent = metadata(resolved, main_module="index.js", first=True)
    told = {
        "script": resolved["name"],
        "account_id": ACCOUNT,
        "version_id": "v",
        "bindings": tuple(bindings(resolved)),
        "compatibility_date": resolved["compatibility_date"],
        "compatibility_flags": tuple(resolved.get("compatibility_flags") or ()),
        "limits": resolved.get("limits"),
        "placement": sent.get("placement"),
        "cache": resolved.get("cache"),
        "exports": resolved.get("exports"),
        "migration_tag": steps[-1]["tag"] if steps else None,
        "classes": classes,
        "settings": settings(resolved),
    }
    return LiveWorker(**{**told, **more})
