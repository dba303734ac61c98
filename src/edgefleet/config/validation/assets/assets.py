"""Rules for static assets: a folder of the repository, within Cloudflare's limits."""

from collections.abc import Iterator

from edgefleet.cloudflare.limits import ASSET_BYTES
from edgefleet.cloudflare.worker.binding_types import declared
from edgefleet.cloudflare.worker.static_assets import CONFIG_DEFAULTS
from edgefleet.config.reading.asset_folder import HEADERS, REDIRECTS
from edgefleet.config.reading.rule import Problem, Rule, Severity
from edgefleet.config.reading.schema_errors import dotted
from edgefleet.config.reading.views import TargetView
from edgefleet.config.validation.assets.routing import wrong_rules
from edgefleet.config.validation.assets.rule_lines import wrong_headers, wrong_redirects
from edgefleet.errors import ConfigError

ASSETS_FOLDER = Rule(
    code="assets-folder",
    means="assets.directory is missing, or names no folder of the repository: a commit must say "
    "what is deployed. The path starts at the folder of the file that has it.",
    example='"assets": { "directory": "./dist" }     // nothing has built it',
    fix="write the path of a folder that is there, such as ./public; its .assetsignore names what "
    "need not be served",
)
ASSET_FILE = Rule(
    code="asset-file",
    means=f"A file of the folder cannot be served: it is larger than {ASSET_BYTES // 1024**2} MiB "
    "(https://developers.cloudflare.com/workers/platform/limits/#static-assets), a link that leads "
    "out of the repository, or the code of a Pages project (`_worker.js`), which everybody could "
    "read. A link to a folder is a warning: wrangler uploads nothing below it.",
    example="public/video.mp4     // 40 MiB",
    fix="remove it, or name it in the folder's .assetsignore",
)
ASSET_RULE = Rule(
    code="asset-rule",
    means="Cloudflare refuses a line of _headers or _redirects, or a rule of run_worker_first, and "
    "with it the upload. wrangler uploads both files unread, and warns in `wrangler dev` alone.",
    example="/old /new 999",
    fix="correct it; https://developers.cloudflare.com/workers/static-assets/ says how",
)
ASSETS_ALONE = Rule(
    code="assets-alone",
    means="The file has assets and no main, so that there is no code: nothing reads a binding, a "
    "var or a setting, and no Worker can run before the assets. wrangler leaves them out silently.",
    example='{ "assets": { "directory": "public", "binding": "ASSETS" } }     // no main',
    fix="name the Worker's source file as main, or remove it",
)
RULES = (ASSETS_FOLDER, ASSET_FILE, ASSET_RULE, ASSETS_ALONE)


def folder(target: TargetView) -> Iterator[Problem]:
    """Check the folder and its files."""
    found = target.assets
    if "assets" in target.unreadable or target.worker.assets is None:
        return
    if found is None and target.built:
        return  # the build says so where it does not make it
    if found is None:
        yield ASSETS_FOLDER.broken(
            target.file, target.path("assets"), "assets has no directory, so there are no files"
        )
        return
    place = target.path("assets", "directory")
    for one in found.problems:
        if one.file:
            severity = Severity.WARNING if one.ignored else None
            file = f"{found.directory}/{one.file}"
            yield ASSET_FILE.broken(file, 0, one.message, severity=severity)
        else:
            message = f"'{target.worker.assets.directory}': {one.message}"
            yield ASSETS_FOLDER.broken(target.file, place, message)


def rules(target: TargetView) -> Iterator[Problem]:
    """Check the lines of `_headers` and `_redirects`, and the rules of `run_worker_first`."""
    assets, found = target.worker.assets, target.assets
    if assets is None or found is None:
        return
    for offset, message in wrong_headers(found.headers or ""):
        yield ASSET_RULE.broken(f"{found.directory}/{HEADERS}", offset, message)
    for offset, message in wrong_redirects(found.redirects or "", assets.html_handling):
        yield ASSET_RULE.broken(f"{found.directory}/{REDIRECTS}", offset, message)
    first = assets.run_worker_first
    for number, message in wrong_rules(first) if isinstance(first, tuple) else ():
        place = ("assets", "run_worker_first", *(() if number is None else (number,)))
        yield ASSET_RULE.broken(target.file, target.path(*place), message)


def alone(target: TargetView) -> Iterator[Problem]:
    """Check that a Worker of assets alone asks for nothing that only code could use."""
    if not target.assets_alone:
        return
    default = CONFIG_DEFAULTS["run_worker_first"]
    first = target.worker.assets and target.worker.assets.run_worker_first
    if first not in (None, default):
        place = target.path("assets", "run_worker_first")
        yield ASSETS_ALONE.broken(target.file, place, "no Worker can run first: there is no main")
    for key in sorted(_bound(target)):
        keys = ("assets", "binding") if key == "assets" else (key,)
        message = f"nothing reads {dotted(keys)}: there is no main"
        yield ASSETS_ALONE.broken(target.file, target.path(*keys), message)
    if settings := target.tenant.fleet.contract.settings.var:
        message = f"nothing reads {settings}, the var with the settings: there is no main"
        yield ASSETS_ALONE.broken(target.file, target.path("assets"), message)


def _bound(target: TargetView) -> set[str]:
    """Return the sections that bind something."""
    found = {"vars"} if target.worker.vars else set()
    for key, value in target.resolved.items():
        try:
            below = [where for where, _, _ in declared({key: value})]
        except ConfigError:  # of a wrong shape, which has been reported
            below = [key]
        found |= {key} if below else set()
    return found
