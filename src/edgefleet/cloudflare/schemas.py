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

    script: str | None = None
    class_name: str | None = Field(default=None, alias="class")


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


class ShareSchema(ApiAnswer):
    """One version's part of a deployment, in percent."""

    version_id: Word
    percentage: float


class DeploymentItem(ApiAnswer):
    """A deployment in a script's history, with who made it and how."""

    id: Word
    created_on: AwareDatetime
    source: Word | None = None
    author_email: Word | None = None
    annotations: dict[str, Message] | None = None
    versions: list[ShareSchema]


class DeploymentList(ApiAnswer):
    """A page of a script's deployments, newest first: the first one is in force."""

    deployments: list[DeploymentItem]


class Uploaded(ApiAnswer):
    """What an upload of a whole script made: in spite of its name, a version's id, undashed."""

    deployment_id: Word | None = None


class UploadSession(ApiAnswer):
    """The start of an upload of assets: its token, and which files Cloudflare lacks, by hash.

    Where none is missing, the token is the completion token.
    """

    jwt: str
    buckets: list[list[str]] = []


class UploadedAssets(ApiAnswer):
    """What came of some files: the completion token, once no file is missing."""

    jwt: str | None = None


class Schedule(ApiAnswer):
    """One cron trigger."""

    cron: str


class Schedules(ApiAnswer):
    """A script's cron triggers."""

    schedules: list[Schedule]


class SubdomainState(ApiAnswer):
    """Whether a script is on workers.dev, and its versions on preview URLs."""

    enabled: bool
    previews_enabled: bool


class NamedHandlers(ApiAnswer):
    """A class that a script exports, beside its default export."""

    name: str


class ScriptItem(ApiAnswer):
    """A script in the list of an account's scripts, with what its newest upload exports."""

    id: Word
    migration_tag: Word | None = None
    handlers: list[str] | None = None
    named_handlers: list[NamedHandlers] | None = None
    has_assets: bool = False
    has_modules: bool | None = None


class VersionItem(ApiAnswer):
    """A version in the list of a script's versions."""

    id: Word
    number: int
    annotations: dict[str, Message] = {}


class VersionList(ApiAnswer):
    """A script's versions, newest first."""

    items: list[VersionItem]


class Runtime(ApiAnswer):
    """How a version is run."""

    compatibility_date: str | None = None
    compatibility_flags: list[str] | None = None
    limits: dict[str, Json] | None = None
    migration_tag: Word | None = None
    exports: dict[str, dict[str, Json]] | None = None


class NamedHandler(ApiAnswer):
    """A named export of a version's code."""

    name: str


class Code(ApiAnswer):
    """What Cloudflare found in a version's code."""

    placement_mode: str | None = None
    handlers: list[str] | None = None
    named_handlers: list[NamedHandler] | None = None


class ResourcesSchema(ApiAnswer):
    """What a version is made of, besides its modules."""

    bindings: list[dict[str, Json]]
    script: Code
    script_runtime: Runtime


class VersionSchema(ApiAnswer):
    """One version, in full."""

    number: int
    resources: ResourcesSchema


class AssetsSchema(ApiAnswer):
    """How a version's assets are served."""

    config: dict[str, Json] = {}


class VersionAssets(ApiAnswer):
    """A version as the newer API describes it, as far as its assets go."""

    assets: AssetsSchema | None = None


class NewestSettings(ApiAnswer):
    """What only the settings of a script tell, of its newest version: where it runs, its cache."""

    placement: dict[str, Json] | None = None
    cache_options: dict[str, Json] | None = None


class Domain(ApiAnswer):
    """A custom domain, and the script that it is for."""

    hostname: str
    service: Word
    zone_id: str


class RouteSchema(ApiAnswer):
    """A route of a script."""

    pattern: str
    zone_name: str


class ZoneRoute(ApiAnswer):
    """A route of a zone; without a script it keeps Workers away."""

    id: str
    pattern: str
    script: str | None = None
