"""Bundles for a rehearsal: one that is broken, and one that is new."""

from edgefleet.cloudflare.worker.bundle import Bundle, Module

JAVASCRIPT = "application/javascript+module"
GOOD = "good.js"
BROKEN = f"""import * as good from "./{GOOD}";
export const {{ ChatSession, RateLimiter }} = good;
const answer = () => new Response("broken on purpose", {{ status: 500 }});
export default {{ fetch: answer, scheduled() {{}} }};
"""


def broken(bundle: Bundle) -> Bundle:
    """Return a release that loads, and answers every request with 500."""
    main = next(module for module in bundle.modules if module.name == bundle.main_module)
    others = tuple(module for module in bundle.modules if module.name != bundle.main_module)
    return Bundle(
        main_module=bundle.main_module,
        builder=bundle.builder,
        modules=(
            Module(name=main.name, content_type=JAVASCRIPT, content=BROKEN.encode()),
            main.model_copy(update={"name": GOOD}),
            *others,
        ),
    )


def next_release(bundle: Bundle) -> Bundle:
    """Return a release that behaves the same, and is another one by its bytes."""
    changed = tuple(
        module.model_copy(update={"content": module.content + b"\n// the next release\n"})
        if module.name == bundle.main_module
        else module
        for module in bundle.modules
    )
    return bundle.model_copy(update={"modules": changed})
