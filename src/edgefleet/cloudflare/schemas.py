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


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Token(_Answer):
    """The state of a token: `active`, `disabled` or `expired`; without `expires_on` it stays."""

    status: Word
    expires_on: AwareDatetime | None = None


class CloudflareId(_Answer):
    """Whatever has an id: an account, a KV namespace, a script."""

    id: Word


class CloudflareName(_Answer):
    """Whatever has a name and no id: a Vectorize index, a secret."""

    name: Word


class ConsumerSettings(_Answer):
    """How a consumer gets messages; Cloudflare leaves out or nulls what is at its default."""

    batch_size: float | None = None
    max_retries: float | None = None
    max_wait_time_ms: float | None = None
    max_concurrency: float | None = None
    retry_delay: float | None = None


class Consumer(_Answer):
    """A consumer of a queue; one of clients that fetch messages names no script.

    The API's documentation says `script_name`, wrangler reads `script` and `service`.
    """

    consumer_id: str
    script: Word | None = None
    service: Word | None = None
    script_name: Word | None = None
    dead_letter_queue: str | None = None
    settings: ConsumerSettings = ConsumerSettings()

    @property
    def owner(self) -> str | None:
        """The script that gets the messages."""
        return self.script or self.service or self.script_name


class Queue(_Answer):
    """A queue, and who gets its messages."""

    queue_name: str
    queue_id: str = ""
    consumers: list[Consumer] = []


class WorkflowItem(_Answer):
    """A workflow: a name of the account, for a class of a script."""

    name: str
    class_name: str
    script_name: Word
    schedules: list["Schedule"] | None = None
    jurisdiction: str | None = None


class WorkflowVersion(_Answer):
    """One registration of a workflow; the newest one is in force."""

    created_on: AwareDatetime
    limits: dict[str, Json] | None = None
    concurrency: dict[str, Json] | None = None
    default_retention: dict[str, Json] | None = None


class Database(_Answer):
    """A D1 database."""

    uuid: Word


class SqlResult(_Answer):
    """What one SQL statement did."""

    success: bool


class NamedRows(_Answer):
    """The rows of a query for names, which are compared with those of files."""

    results: list["NamedRow"]


class NamedRow(_Answer):
    """A row with a name."""

    name: str


class ObjectClass(_Answer):
    """A namespace of Durable Objects: the script and the class that it belongs to."""

    script: str | None = None
    class_name: str | None = Field(default=None, alias="class")


class EmailAddress(_Answer):
    """A destination of Email Routing; `verified` says since when it takes mail."""

    email: str
    verified: str | None = None


class Zone(_Answer):
    """A zone: its id and its domain name."""

    id: str
    name: str


class RatePlan(_Answer):
    """What a subscription is for."""

    id: str = ""


class Subscription(_Answer):
    """A subscription of an account."""

    rate_plan: RatePlan | None = None


class Workflow(_Answer):
    """A workflow, and the script whose class it runs."""

    script_name: str


class Subdomain(_Answer):
    """An account's name below workers.dev."""

    subdomain: str = Field(pattern=r"^[A-Za-z0-9_-]{1,63}$")  # it becomes part of a host's name


class ShareSchema(_Answer):
    """One version's part of a deployment, in percent."""

    version_id: Word
    percentage: float


class DeploymentItem(_Answer):
    """A deployment in a script's history, with who made it and how."""

    id: Word
    created_on: AwareDatetime
    source: Word | None = None
    author_email: Word | None = None
    annotations: dict[str, Message] | None = None
    versions: list[ShareSchema]


class DeploymentList(_Answer):
    """A page of a script's deployments, newest first: the first one is in force."""

    deployments: list[DeploymentItem]


class Uploaded(_Answer):
    """What an upload of a whole script made: in spite of its name, a version's id, undashed."""

    deployment_id: Word | None = None


class UploadSession(_Answer):
    """The start of an upload of assets: its token, and which files Cloudflare lacks, by hash.

    Where none is missing, the token is the completion token.
    """

    jwt: str
    buckets: list[list[str]] = []


class UploadedAssets(_Answer):
    """What came of some files: the completion token, once no file is missing."""

    jwt: str | None = None


class Schedule(_Answer):
    """One cron trigger."""

    cron: str


class Schedules(_Answer):
    """A script's cron triggers."""

    schedules: list[Schedule]


class SubdomainState(_Answer):
    """Whether a script is on workers.dev, and its versions on preview URLs."""

    enabled: bool
    previews_enabled: bool


class NamedHandlers(_Answer):
    """A class that a script exports, beside its default export."""

    name: str


class ScriptItem(_Answer):
    """A script in the list of an account's scripts, with what its newest upload exports."""

    id: Word
    migration_tag: Word | None = None
    handlers: list[str] | None = None
    named_handlers: list[NamedHandlers] | None = None
    has_assets: bool = False
    has_modules: bool | None = None


class VersionItem(_Answer):
    """A version in the list of a script's versions."""

    id: Word
    number: int
    annotations: dict[str, Message] = {}


class VersionList(_Answer):
    """A script's versions, newest first."""

    items: list[VersionItem]


class Runtime(_Answer):
    """How a version is run."""

    compatibility_date: str | None = None
    compatibility_flags: list[str] | None = None
    limits: dict[str, Json] | None = None
    migration_tag: Word | None = None
    exports: dict[str, dict[str, Json]] | None = None


class NamedHandler(_Answer):
    """A named export of a version's code."""

    name: str


class Code(_Answer):
    """What Cloudflare found in a version's code."""

    placement_mode: str | None = None
    handlers: list[str] | None = None
    named_handlers: list[NamedHandler] | None = None


class ResourcesSchema(_Answer):
    """What a version is made of, besides its modules."""

    bindings: list[dict[str, Json]]
    script: Code
    script_runtime: Runtime


class VersionSchema(_Answer):
    """One version, in full."""

    number: int
    resources: ResourcesSchema


class AssetsSchema(_Answer):
    """How a version's assets are served."""

    config: dict[str, Json] = {}


class VersionAssets(_Answer):
    """A version as the newer API describes it, as far as its assets go."""

    assets: AssetsSchema | None = None


class NewestSettings(_Answer):
    """What only the settings of a script tell, of its newest version: where it runs, its cache."""

    placement: dict[str, Json] | None = None
    cache_options: dict[str, Json] | None = None


class Domain(_Answer):
    """A custom domain, and the script that it is for."""

    hostname: str
    service: Word
    zone_id: str


class RouteSchema(_Answer):
    """A route of a script."""

    pattern: str
    zone_name: str


class ZoneRoute(_Answer):
    """A route of a zone; without a script it keeps Workers away."""

    id: str
    pattern: str
    script: str | None = None
