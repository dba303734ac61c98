"""The section `worker` of fleet.jsonc: where the Worker is."""

import posixpath
from typing import Annotated

from pydantic import AfterValidator, Field

from edgefleet.core.model import CamelModel


def _inside(folder: str) -> str:
    whole = posixpath.normpath(folder)
    if not folder or posixpath.isabs(whole) or whole.split("/")[0] == ".." or "\\" in folder:
        raise ValueError("must be a folder inside the root, such as src/worker, or . for the root")
    return whole


class WorkerSection(CamelModel):
    """The Worker of the fleet."""

    folder: Annotated[str, AfterValidator(_inside)] = Field(
        default="src/worker",
        description="The folder of the Worker, with its wrangler.jsonc, wrangler.json or "
        "wrangler.toml: what all tenants have, over which a tenant's own wrangler.jsonc says what "
        "differs. Paths in that file start there.",
    )
