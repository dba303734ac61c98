"""Remove a script that a failed change made: nothing was live before."""

from edgefleet.cloudflare.confirmed_write import write_and_confirm
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.error_codes import NO_SUCH_SCRIPT
from edgefleet.cloudflare.models import ScriptSettings
from edgefleet.cloudflare.settings import beside
from edgefleet.deploy.script_change import ScriptChange
from edgefleet.errors import CloudflareError
from edgefleet.http.retry import poll


def remove_script(change: ScriptChange) -> None:
    """Delete the script, its queue consumers before it, and wait until it is gone.

    Raises `CloudflareError`, also where Durable Objects that came from another script would be
    destroyed with it.
    """
    if transferred := change.release.transferred:
        raise CloudflareError(
            f"it holds the Durable Objects of {', '.join(transferred)}, which would be "
            "destroyed with it"
        )
    script = change.account.script(change.script)

    def delete() -> None:
        # Cloudflare deletes no script that a queue has as its consumer.
        parts = beside(change.release.settings or ScriptSettings())
        script.settings.write(ScriptSettings(), parts)
        try:
            script.delete()
        except ApiError as error:
            if not set(error.codes) & set(NO_SUCH_SCRIPT):
                raise

    def deleted() -> bool:
        return script.deployments.current() is None

    write_and_confirm(delete, deleted, change.recorder.pauses(restoring=True))
    if not any(poll(deleted, change.recorder.wait)):
        raise CloudflareError("Cloudflare still shows the script that was removed")
