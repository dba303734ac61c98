"""Which Durable Object migrations a script still lacks.

Cloudflare keeps the tag of the last one that was applied, and nothing else of them
(https://developers.cloudflare.com/durable-objects/reference/durable-objects-migrations/).
"""

from collections.abc import Mapping

from edgefleet.core.model import Json
from edgefleet.errors import ConfigError


def pending(resolved: Mapping[str, Json], current_tag: str | None) -> dict[str, Json] | None:
    """Return the upload's `migrations` that lead from `current_tag` to the last one declared.

    None where there is nothing to apply. A file without migrations asks for none, whatever was
    applied before. Raises `ConfigError` where the file does not know the script's tag: to apply
    all of them again, as wrangler does then, Cloudflare refuses (`MIGRATION_REFUSED` in
    `error_codes`), or worse, accepts.
    """
    declared: list[Mapping[str, Json]] = resolved.get("migrations") or []
    if not declared:
        return None
    tags = [step["tag"] for step in declared]
    if current_tag is not None and current_tag not in tags:
        raise ConfigError(
            f"the script '{resolved['name']}' is at migration '{current_tag}', which "
            f"wrangler.jsonc does not have (it has {', '.join(tags)}): the file is older than "
            "what is deployed, or of another history",
            hint=f"take the migrations up to '{current_tag}' back into wrangler.jsonc, in the "
            "order in which they were applied, and append new ones after them",
        )
    done = 0 if current_tag is None else tags.index(current_tag) + 1
    steps = [{key: value for key, value in step.items() if key != "tag"} for step in declared]
    if not steps[done:]:
        return None
    old = {} if current_tag is None else {"old_tag": current_tag}
    return {**old, "new_tag": tags[-1], "steps": steps[done:]}


def transferred_from(resolved: Mapping[str, Json], current_tag: str | None) -> tuple[str, ...]:
    """Return the scripts whose Durable Objects an upload would take over; raises as `pending`."""
    found = pending(resolved, current_tag)
    steps: list[Mapping[str, Json]] = found["steps"] if found else []
    return tuple(
        sorted(
            {one["from_script"] for step in steps for one in step.get("transferred_classes", ())}
        )
    )
