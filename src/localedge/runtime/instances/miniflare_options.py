"""Translates bindings of a version to Miniflare's options, and makes the Workers that they need."""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from localedge.model import Json
from localedge.runtime.data_points import point_mark
from localedge.runtime.instances import miniflare_modules
from localedge.runtime.instances.asset_workers import assets_worker
from localedge.runtime.instances.contexts import Binding, VersionContext, is_own_object, outbound
from localedge.runtime.instances.remote_calls import DISPATCH_LABEL

SERVICE_DOMAIN = "service.workers.localhost"
"""Below it, `<script>.<account id>` is a script as another Worker's service binding calls it."""

WORKERS = Path(__file__).with_name("workers")
"""The small Workers of localedge itself."""

SHIM_DATE = "2026-01-01"
EMAIL = ("name", "destination_address", "allowed_destination_addresses", "allowed_sender_addresses")
ABSENT = "localedge:absent"
ANALYTICS = "localedge:analytics"
_PLUGIN = {"package": str(Path(__file__).with_name("plugin.mjs")), "name": "localedge"}


def shim(name: str, *files: str) -> dict[str, Json]:
    """Return a Worker of localedge, whose modules are files in `workers/`, the main one first."""
    return {
        "name": name,
        "modulesRoot": "/",
        "modules": [
            miniflare_modules.entry(file, "ESModule", (WORKERS / file).read_bytes())
            for file in files
        ],
    }


def _service(context: VersionContext, binding: Binding) -> dict[str, Json]:
    entrypoint = binding.get("entrypoint") or "default"
    about = {
        "ENTRYPOINT": None if entrypoint == "default" else entrypoint,
        "PROPS": binding.get("props"),
    }
    return _remote(context, binding, binding["service"], about)


def _remote_objects(context: VersionContext, binding: Binding) -> dict[str, Json]:
    about = {"NAMESPACE": binding["namespace_id"], "CLASS": binding["class_name"]}
    remote = _remote(context, binding, binding["script_name"], about)
    # The Worker itself binds to them, because Miniflare 5 wants that of one that has objects.
    return remote | {
        "durableObjects": {"SELF": object_options("RemoteObject", binding["namespace_id"])}
    }


def _remote(
    context: VersionContext, binding: Binding, script: str, about: Mapping[str, Json]
) -> dict[str, Json]:
    """Return the Worker that stands for another script's; see `workers/remote.js`."""
    target = f"http://{script}.{context.instance.ref.account_id}.{SERVICE_DOMAIN}/"
    bindings = {"TARGET": target, "SCRIPT": script, "KEY": context.instance.key, **about}
    return _own_worker(context, binding, "remote.js", bindings) | {
        "unsafeBindings": [_plugin_binding("PORT", {"debugPort": True})],
        "unsafeEphemeralDurableObjects": True,
    }


def _dispatcher(context: VersionContext, binding: Binding) -> dict[str, Json]:
    worker = (binding.get("outbound") or {}).get("worker") or {}
    about = {"OUTBOUND": worker.get("service"), "SCRIPT": binding["namespace"]}
    return _remote(context, binding, DISPATCH_LABEL, about)


def _backend(context: VersionContext, binding: Binding) -> dict[str, Json]:
    bindings = {"TARGET": context.backend(), "BINDING": binding["name"]}
    return _own_worker(context, binding, "backend.js", bindings)


def _secret(context: VersionContext, binding: Binding) -> dict[str, Json]:
    bindings = {"TARGET": context.backend(), "BINDING": binding["name"]}
    return _own_worker(context, binding, "secret.js", bindings)


def _browser(context: VersionContext, binding: Binding) -> dict[str, Json]:
    worker = shim(context.own_worker(binding), "browser.js")
    return worker | {"compatibilityDate": SHIM_DATE}


def _own_worker(
    context: VersionContext, binding: Binding, file: str, bindings: Mapping[str, Json]
) -> dict[str, Json]:
    front = urlsplit(context.instance.bindings_url).netloc
    return shim(context.own_worker(binding), file) | {
        "compatibilityDate": SHIM_DATE,
        "bindings": dict(bindings),
        "serviceBindings": {"LOCALEDGE": {"external": {"address": front, "http": {}}}},
    }


def translate(context: VersionContext, binding: Binding) -> tuple[str, Json]:
    """Return the group of Miniflare's options that a binding belongs to, and its entry there."""
    translation = TRANSLATIONS.get(binding["type"])
    if translation is None:
        return _absent(f"bindings of type {binding['type']}")
    return translation(context, binding)


def _absent(what: str) -> tuple[str, Json]:
    return "wrappedBindings", {"scriptName": ABSENT, "bindings": {"what": what}}


def _version_metadata(context: VersionContext, _: Binding) -> tuple[str, Json]:
    version = context.version
    return "bindings", {"id": version.id, "tag": version.tag, "timestamp": version.created_on}


def _durable_object(context: VersionContext, binding: Binding) -> tuple[str, Json]:
    namespace = binding["namespace_id"]
    if not is_own_object(context.instance.ref, binding):
        place = {"scriptName": context.own_worker(binding)}
        return "durableObjects", object_options("RemoteObject", namespace) | place
    owner = context.owners[namespace]
    designator = object_options(binding["class_name"], namespace)
    if owner != context.version.id:
        designator["scriptName"] = owner
    return "durableObjects", designator


def object_options(class_name: str, namespace: str) -> dict[str, Json]:
    """Return a class; the key, from which ids are made, is the same for each script."""
    return {"className": class_name, "useSQLite": True, "unsafeUniqueKey": namespace}


def _service_binding(context: VersionContext, binding: Binding) -> tuple[str, Json]:
    return "serviceBindings", {"name": context.own_worker(binding), "entrypoint": "Service"}


def _browser_binding(context: VersionContext, binding: Binding) -> tuple[str, Json]:
    return "serviceBindings", {"name": context.own_worker(binding), "entrypoint": "Browser"}


def _queue_producer(context: VersionContext, binding: Binding) -> tuple[str, Json]:
    return "unsafeBindings", _plugin_binding(
        binding["name"], {"queue": context.own_worker(binding)}
    )


def _dispatch_namespace(context: VersionContext, binding: Binding) -> tuple[str, Json]:
    return "unsafeBindings", _plugin_binding(
        binding["name"], {"dispatcher": context.own_worker(binding)}
    )


def _workflow(context: VersionContext, binding: Binding) -> tuple[str, Json]:
    return "unsafeBindings", _plugin_binding(
        binding["name"], {"workflow": context.own_worker(binding)}
    )


def _plugin_binding(name: str, options: Mapping[str, Json]) -> dict[str, Json]:
    return {"name": name, "type": "localedge", "plugin": _PLUGIN, "options": dict(options)}


def _certificate(context: VersionContext, binding: Binding) -> tuple[str, Json]:
    """Bind to the network, where workerd presents the certificate to servers that ask for one."""
    if not binding.get("private_key"):
        return _absent(f"an mTLS certificate without a private key ({binding['certificate_id']})")
    service = outbound(context.instance.networks)
    service["network"]["tlsOptions"]["keypair"] = {
        "privateKey": binding["private_key"],
        "certificateChain": binding["certificates"],
    }
    return "serviceBindings", service


def _hyperdrive(_: VersionContext, binding: Binding) -> tuple[str, Json]:
    if not binding.get("connection_string"):
        return _absent(f"a Hyperdrive origin that it cannot connect to ({binding['id']})")
    return "hyperdrives", binding["connection_string"]


def _dataset(context: VersionContext, binding: Binding) -> tuple[str, Json]:
    about = {"mark": point_mark(context.instance.key), "dataset": binding["dataset"]}
    return "wrappedBindings", {"scriptName": ANALYTICS, "bindings": about}


def _ratelimit(_: VersionContext, binding: Binding) -> tuple[str, Json]:
    # Miniflare 5 refuses one without the id; Miniflare 4 does not read it.
    return "ratelimits", {"namespace_id": str(binding["namespace_id"]), "simple": binding["simple"]}


def _email(_: VersionContext, binding: Binding) -> tuple[str, Json]:
    return "email", {key: binding[key] for key in EMAIL if key in binding}


TRANSLATIONS: Mapping[str, Callable[[VersionContext, Binding], tuple[str, Json]]] = {
    "plain_text": lambda _, it: ("bindings", it["text"]),
    "secret_text": lambda _, it: ("bindings", it["text"]),
    "json": lambda _, it: ("bindings", it["json"]),
    "version_metadata": _version_metadata,
    "kv_namespace": lambda its, it: ("kvNamespaces", its.remote(id=it["namespace_id"])),
    "d1": lambda its, it: ("d1Databases", its.remote(id=it.get("database_id") or it["id"])),
    "r2_bucket": lambda its, it: ("r2Buckets", its.remote(id=it["bucket_name"])),
    "secrets_store_secret": lambda its, it: ("serviceBindings", its.own_worker(it)),
    "mtls_certificate": _certificate,
    "hyperdrive": _hyperdrive,
    "vectorize": lambda its, it: ("vectorize", its.remote(index_name=it["index_name"])),
    "ai": lambda its, it: ("ai", its.remote(binding=it["name"])),
    "durable_object_namespace": _durable_object,
    "service": _service_binding,
    "dispatch_namespace": _dispatch_namespace,
    "queue": _queue_producer,
    "workflow": _workflow,
    "analytics_engine": _dataset,
    "ratelimit": _ratelimit,
    "assets": lambda its, _: ("serviceBindings", assets_worker(its.version)),
    "send_email": _email,
    "browser": _browser_binding,
}
"""Each type of binding, and the group of Miniflare's options that it becomes.

Rate limits and email are Miniflare's simulators.
"""

OWN_WORKERS = {
    "service": _service,
    "dispatch_namespace": _dispatcher,
    "queue": _backend,
    "workflow": _backend,
    "secrets_store_secret": _secret,
    "durable_object_namespace": _remote_objects,
    "browser": _browser,
}
"""The types of bindings that lead to a Worker of localedge, and what makes it."""
