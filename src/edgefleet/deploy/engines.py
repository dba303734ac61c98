"""The engine of a deploy: what uploads its bundle."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from edgefleet.build.engine import API
from edgefleet.build.render import for_upload, write_rendered
from edgefleet.build.wrangler import WranglerAuth
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.tenant import Tenant
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.deploy.run import OpenTarget
from edgefleet.deploy.uploaders import ApiUploader, Uploader, WranglerUploader, require_known
from edgefleet.plan.plan import Planned
from edgefleet.records.models import Phase
from edgefleet.records.recorder import Recorder


@contextmanager
def opened_engine(
    request: DeployRequest,
    deps: Dependencies,
    recorder: Recorder,
    uploads: tuple[Tenant, Bundle, OpenTarget, Planned],
) -> Iterator[Uploader]:
    """Open the engine of a request; wrangler gets a rendered configuration in a folder that goes.

    Raises `ConfigError` for keys that this wrangler does not know.
    """
    tenant, bundle, target, planned = uploads
    account = target.account
    if request.engine == API:
        script = account.script(target.script)
        yield ApiUploader(script, planned.resolved, bundle, planned.before.migration_tag)
        return
    # A folder that cannot be removed undoes no deploy.
    with TemporaryDirectory(prefix="edgefleet-", ignore_cleanup_errors=True) as folder:
        with recorder.phase(Phase.RENDER) as step:
            require_known(deps.wrangler.version(), for_upload(planned.resolved))
            environment, place = request.target.environment, Path(folder) / "rendered"
            config = write_rendered(tenant, environment, bundle, place, for_upload)
            step.note = target.script
        token = target.session.credential.token
        auth = WranglerAuth(account_id=account.id, token=token, base_url=deps.base_url)
        yield WranglerUploader(deps.wrangler, config, auth)
