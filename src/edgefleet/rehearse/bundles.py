"""Bundles for a rehearsal: one that is broken, and one that is new."""

import json
from posixpath import dirname, join, splitext

from edgefleet.cloudflare.worker.bundle import Bundle, Module
from edgefleet.cloudflare.worker.static_assets import AssetSet

JAVASCRIPT = "application/javascript+module"
WRAPPED = "edgefleet-rehearsal-good.js"
MOVED = "edgefleet-rehearsal-asset"
WRAPPER = """import * as good from {module};
export * from {module};
const whole = good.default;
{answer}
export default typeof whole === "function"
  ? class extends whole {{ fetch(...given) {{ return answer(() => super.fetch(...given)); }} }}
  : {{ ...whole, fetch: (...given) => answer(() => whole.fetch(...given)) }};
"""
"""All that the Worker exports, its classes above all, but that its main handler is wrapped."""
BROKEN = """const answer = () => new Response("broken on purpose", { status: 500 });"""
FAILING_LATER = """let served = 0;
const answer = (good) => {
  served += 1;
  if (served > 5 && served % 2) throw new Error("fails on purpose under traffic");
  return good();
};"""


def broken(bundle: Bundle) -> Bundle:
    """Return a release that loads, and answers every request to its main handler with 500.

    Of static assets one file is left, under another name: what they answered is code's to answer
    then, or nothing's.
    """
    assets = tuple(_moved(one) for one in bundle.assets)
    if bundle.main_module is None:
        return bundle.model_copy(update={"assets": assets})
    return _wrapped(bundle, BROKEN).model_copy(update={"assets": assets})


def failing_later(bundle: Bundle) -> Bundle:
    """Return a release that answers its first five requests, and then throws at every second one.

    It is healthy when it is asked for its health, and bad under traffic.
    """
    return _wrapped(bundle, FAILING_LATER)


def next_release(bundle: Bundle) -> Bundle:
    """Return a release that behaves the same, and is another one by its bytes."""
    if bundle.main_module is None:
        more = tuple(
            one.model_copy(update={"files": (*one.files, *_moved(one).files)})
            for one in bundle.assets
        )
        return bundle.model_copy(update={"assets": more})
    changed = tuple(
        module.model_copy(update={"content": module.content + b"\n// the next release\n"})
        if module.name == bundle.main_module
        else module
        for module in bundle.modules
    )
    return bundle.model_copy(update={"modules": changed})


def _wrapped(bundle: Bundle, answer: str) -> Bundle:
    """Return a bundle whose main handler is called by a function `answer`, in JavaScript."""
    main = next(module for module in bundle.modules if module.name == bundle.main_module)
    others = tuple(module for module in bundle.modules if module.name != bundle.main_module)
    content = WRAPPER.format(module=json.dumps(f"./{WRAPPED}"), answer=answer).encode()
    # The good module is beside it, so that what that imports stays where it is.
    modules = (
        Module(name=main.name, content_type=JAVASCRIPT, content=content),
        main.model_copy(update={"name": join(dirname(main.name), WRAPPED)}),
        *others,
    )
    return bundle.model_copy(update={"modules": modules})


def _moved(assets: AssetSet) -> AssetSet:
    """Return assets of which one file is left, under a name that nothing asks for."""
    files = tuple(
        file.model_copy(update={"path": f"/{MOVED}{splitext(file.path)[1]}"})
        for file in assets.files[:1]
    )
    return assets.model_copy(update={"files": files, "headers": None, "redirects": None})
