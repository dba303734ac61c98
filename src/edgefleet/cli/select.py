"""Which tenants a command works on."""

from difflib import get_close_matches
from pathlib import Path

from edgefleet.errors import UsageError
from edgefleet.ports.files import tenant_names

ALL = "all"


def select_tenants(root: Path, name: str) -> tuple[str, ...]:
    """Return the tenants that `--tenant` names; `all` is every one.

    Raises `UsageError` for one that does not exist, with the nearest name.
    """
    names = tenant_names(root)
    if name == ALL:
        return names
    if name in names:
        return (name,)
    near = get_close_matches(name, names, n=1)
    if near:
        raise UsageError(f"there is no tenant '{name}'", hint=f"did you mean '{near[0]}'?")
    known = ", ".join(names) or "none: tenants/ is empty"
    raise UsageError(f"there is no tenant '{name}'", hint=f"there are: {known}")
