"""The code of a live version as a bundle, or why no bundle can hold it."""

from edgefleet.build.render import RULE_TYPES
from edgefleet.cloudflare.client import Content
from edgefleet.cloudflare.worker.bundle import Bundle, is_module_name
from edgefleet.cloudflare.worker.bundle_form import modules_of
from edgefleet.core.foreign.text import foreign_text
from edgefleet.http.multipart import read_form
from edgefleet.state.live_state import SERVICE_WORKER


def code_of(content: Content, builder: str) -> tuple[Bundle | None, str]:
    """Return the modules that Cloudflare stores of a version; else None, and why.

    `builder` says where they come from. A version of assets alone has no modules.
    """
    kind = content.headers.get("Content-Type", "")
    if kind.partition(";")[0] in SERVICE_WORKER:
        return None, "it is a service worker, one script without modules: edgefleet deploys modules"
    main = content.headers.get("cf-entrypoint")
    modules = modules_of(read_form(content.body, kind.encode()))
    if not modules and main is None:
        return Bundle(main_module=None, modules=(), builder=builder), ""
    for one in modules:
        if one.content_type not in RULE_TYPES or not is_module_name(one.name):
            what = foreign_text(f"{one.name} ({one.content_type})", 200)
            return None, f"the module {what} is of a kind that edgefleet does not deploy"
    if main not in {one.name for one in modules}:
        return None, "Cloudflare does not say which of its modules is the main one"
    return Bundle(main_module=main, modules=modules, builder=builder), ""
