"""What a Worker needs to call another script: the debug port of its workerd, a name in it."""

import hashlib

LEASE_HEADER = "localedge-lease"
"""Asks for a workerd to call: JSON, with the Durable Object namespace in `object` if it is one.

The workerd keeps running until the response ends.
"""
DISPATCH_LABEL = "-dispatch"
"""Stands in a host for a script's name, which cannot begin so: the next header names the script."""
DISPATCH_HEADER = "localedge-dispatch"
"""Names a script in a dispatch namespace, URL-encoded: `<namespace>/<script>`."""
MISSING_HEADER = "localedge-missing"
"""Says that no script of that name is deployed."""
SERVICE_HEADER = "localedge-service"
"""Names the Worker in that workerd."""
SOCKET_HEADER = "localedge-socket"
"""Names the debug port of that workerd."""


def debug_socket(instance: str) -> str:
    """Return the name of an instance's debug port in the folder of working files."""
    return f"{hashlib.sha256(instance.encode()).hexdigest()[:20]}.sock"


def user_service(version_id: str) -> str:
    """Return the name that Miniflare gives a Worker's service in workerd."""
    return f"core:user:{version_id}"
