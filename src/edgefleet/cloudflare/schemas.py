"""The parts of Cloudflare's answers that are read; what else an answer holds is ignored.

Names, ids and messages become harmless lines here. Settings and bindings stay as they are: they
are compared with the files of a tenant.
"""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from edgefleet.cloudflare.limits import MESSAGE_BYTES
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.model import Json

Word = Annotated[str, AfterValidator(foreign_text)]
Message = Annotated[str, AfterValidator(lambda text: foreign_text(text, MESSAGE_BYTES))]
"""A message or tag of a version or deployment."""


class ApiAnswer(BaseModel):
    """A part of an answer: frozen, and what is not read is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Token(ApiAnswer):
    """The state of a token: `active`, `disabled` or `expired`; without `expires_on` it stays."""

    status: Word
    expires_on: AwareDatetime | None = None


class CloudflareId(ApiAnswer):
    """Whatever has an id: an account, a KV namespace, a script."""

    id: Word


class CloudflareName(ApiAnswer):
    """Whatever has a name and no id: a Vectorize index, a secret."""

    name: Word


class Database(ApiAnswer):
    """A D1 database."""

    uuid: Word


class ObjectClass(ApiAnswer):
    """A namespace of Durable Objects: the script and the class that it belongs to."""

    id: str = ""
    script: str | None = None
    class_name: str | None = Field(default=None, alias="class")
    use_sqlite: bool = False


class ContainerObjects(ApiAnswer):
    """The namespace of Durable Objects that starts a container's instances."""

    namespace_id: str = ""


class ContainerApplication(ApiAnswer):
    """Containers that a Worker starts."""

    durable_objects: ContainerObjects | None = None


class DispatchNamespace(ApiAnswer):
    """A dispatch namespace."""

    namespace_name: Word


class EmailAddress(ApiAnswer):
    """A destination of Email Routing; `verified` says since when it takes mail."""

    email: str
    verified: str | None = None


class Zone(ApiAnswer):
    """A zone: its id and its domain name."""

    id: str
    name: str


class RatePlan(ApiAnswer):
    """What a subscription is for."""

    id: str = ""


class Subscription(ApiAnswer):
    """A subscription of an account."""

    rate_plan: RatePlan | None = None


class Workflow(ApiAnswer):
    """A workflow, and the script whose class it runs."""

    script_name: str


class Subdomain(ApiAnswer):
    """An account's name below workers.dev."""

    subdomain: str = Field(pattern=r"^[A-Za-z0-9_-]{1,63}$")  # it becomes part of a host's name


class Schedule(ApiAnswer):
    """One cron trigger."""

    cron: str


class NamedHandler(ApiAnswer):
    """A class that a script exports, beside its default export."""

    name: str


class ScriptItem(ApiAnswer):
    """A script in the list of an account's scripts, with what its newest upload exports."""

    id: Word
    migration_tag: Word | None = None
    handlers: list[str] | None = None
    named_handlers: list[NamedHandler] | None = None
    has_assets: bool = False
    has_modules: bool | None = None
    placement: dict[str, Json] | None = None
    cache_options: dict[str, Json] | None = None
    routes: list[Json] | None = None
    """Routes of any zone; None where the list does not tell them."""


class Domain(ApiAnswer):
    """A custom domain, and the script that it is for."""

    hostname: str
    service: Word
    zone_id: str


class ZoneRoute(ApiAnswer):
    """A route of a zone; without a script it keeps Workers away."""

    id: str
    pattern: str
    script: str | None = None
