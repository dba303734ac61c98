"""Uploads assets as a client does: the manifest, what is missing of it, the completion token."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from support.control_plane import ACCOUNT, TOKEN, Answer, ControlPlane

Files = Mapping[str, bytes]


def digest(content: bytes) -> str:
    """Return the hash of a file, as wrangler might make it."""
    return hashlib.sha256(content).hexdigest()[:32]


def manifest(files: Files) -> dict[str, Any]:
    """Return the manifest of files by path."""
    return {path: {"hash": digest(it), "size": len(it)} for path, it in files.items()}


def parts(files: Iterable[bytes], content_type: str = "text/plain") -> dict[str, Any]:
    """Return the form that sends files."""
    return {digest(it): (digest(it), base64.b64encode(it).decode(), content_type) for it in files}


def start(cloud: ControlPlane, files: Files, script: str = "one", **options: Any) -> Answer:
    """Start an upload session."""
    account = options.pop("account", ACCOUNT)
    path = f"/accounts/{account}/workers/scripts/{script}/assets-upload-session"
    body = {"manifest": manifest(files)}
    return cloud.api("POST", path, options.pop("token", TOKEN), json=body)


def send(cloud: ControlPlane, jwt: str, form: Any, query: str = "?base64=true") -> Answer:
    """Send files with a session's token."""
    return cloud.api("POST", f"/accounts/{ACCOUNT}/workers/assets/upload{query}", jwt, files=form)


def upload(cloud: ControlPlane, files: Files, script: str = "one") -> str:
    """Upload what is missing of files; return the completion token."""
    session = start(cloud, files, script).result
    jwt: str = session["jwt"]
    by_hash = {digest(it): it for it in files.values()}
    for bucket in session["buckets"]:
        answer = send(cloud, session["jwt"], parts(by_hash[hash_] for hash_ in bucket))
        jwt = answer.result["jwt"]
    return jwt
