"""Bundles that are broken on purpose."""

from pathlib import Path

from edgefleet.build.bundle_store import BundleStore
from edgefleet.cloudflare.worker.bundle import Bundle, Module

JAVASCRIPT = "application/javascript+module"


MAIN = """
export default { fetch() {}, scheduled() {} };
export class ChatSession {}
export class RateLimiter {}
"""


def numbered_bundle(number: int) -> Bundle:
    """Return a small bundle; each number's is another one by its bytes."""
    content = f"{MAIN}// {number}\n".encode()
    module = Module(name="index.js", content_type=JAVASCRIPT, content=content)
    return Bundle(main_module="index.js", builder="a test", modules=(module,))


def broken_bundle(good: Path, folder: Path, main: str) -> Path:
    """Store a bundle whose main module is `main`; the good one is beside it as `good.js`."""
    bundles = BundleStore(folder)
    module = bundles.load(good).modules[0]
    broken = Bundle(
        main_module="index.js",
        builder="a test",
        modules=(
            Module(name="index.js", content_type=JAVASCRIPT, content=main.encode()),
            Module(name="good.js", content_type=JAVASCRIPT, content=module.content),
        ),
    )
    return bundles.save(broken)
