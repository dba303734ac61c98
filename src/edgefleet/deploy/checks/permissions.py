"""Whether the token may write what a change will write, tried before the first write of all.

Cloudflare tells no token which permissions it has, and refuses a request before it looks at what
the request is about. So edgefleet deletes what is not there: that changes nothing, and shows the
want of a permission (docs/decisions/0015-a-permission-is-tried-by-a-delete-of-nothing.md).
"""

from collections.abc import Iterator

from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.settings import BY_OTHER_GROUPS, EVERY_TOKENS
from edgefleet.deploy.script_change import ScriptChange
from edgefleet.errors import CloudflareError, CredentialError
from edgefleet.records.models import Phase
from edgefleet.state.diff import differing_parts

WORDS = {"script": "Workers", "routes": "routes", "consumers": "queue consumers"}
"""What is tried, in words."""


def check_write_permissions(change: ScriptChange, *, begins_with_settings: bool) -> None:
    """Try each permission that a change needs later than for its first write; change nothing.

    The first write is its own trial: where it is refused, nothing was changed. Any answer but a
    refusal for want of a permission lets the change go on. Raises `CredentialError`.
    """
    trials = tuple(_parts_to_try(change, begins_with_settings=begins_with_settings))
    if not trials:
        return
    settings = change.account.script(change.script).settings
    live, wanted = change.before.settings, change.release.settings or change.before.settings
    with change.recorder.phase(Phase.CREDENTIALS) as step:
        for part in trials:
            try:
                settings.try_write(part, wanted, live)
            except ApiError as error:
                raise lacking(change, error, part) from error
        step.note = f"it may write {' and '.join(WORDS[part] for part in trials)}"


def explain_failed_upload(change: ScriptChange, error: CloudflareError) -> None:
    """Raise `CredentialError` if wrangler failed to upload since the token may not.

    What Cloudflare told wrangler is in `error` as text, and no reason to branch on.
    """
    if isinstance(error, ApiError) or change.migrated:
        return
    live = change.before.settings
    try:
        change.account.script(change.script).settings.try_write("script", live, live)
    except ApiError as refused:
        raise lacking(change, refused, "script").amended(interrupted=error.interrupted) from error


def lacking(change: ScriptChange, error: ApiError, tried: str = "") -> CredentialError:
    """Return the error of a write that the token may not make, where nothing was changed.

    `tried` is the part of the settings for which that write was a trial.
    """
    what = f"it may not write {WORDS[tried]}, tried with an id that nothing has: " if tried else ""
    token = change.token or "the token"
    return CredentialError(
        f"{token} lacks a permission: {what}{error.message}; nothing was changed",
        hint=error.hint,
    )


def _parts_to_try(change: ScriptChange, *, begins_with_settings: bool) -> Iterator[str]:
    """Yield the parts of settings to try, `script` for whatever *Workers Scripts* allows.

    Custom domains and workflows need the permission of an upload, too.
    """
    live, wanted = change.before.settings, change.release.settings
    parts = differing_parts(wanted, live) if wanted else frozenset()
    scripts = not begins_with_settings or bool(parts - BY_OTHER_GROUPS)
    first = not change.release.migrations and (not begins_with_settings or parts & EVERY_TOKENS)
    if scripts and not first:
        yield "script"
    yield from sorted(parts & BY_OTHER_GROUPS)
