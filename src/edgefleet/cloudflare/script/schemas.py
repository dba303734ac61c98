"""What is read of the API's answers about one script: its versions, deployments and settings."""

from pydantic import AwareDatetime, ConfigDict, Field

from edgefleet.cloudflare.schemas import ApiAnswer, Message, NamedHandler, Schedule, Word
from edgefleet.core.model import Json


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
    buckets: list[list[str]] = Field(default_factory=list)


class UploadedAssets(ApiAnswer):
    """What came of some files: the completion token, once no file is missing."""

    jwt: str | None = None


class Schedules(ApiAnswer):
    """A script's cron triggers."""

    schedules: list[Schedule]


class SubdomainState(ApiAnswer):
    """Whether a script is on workers.dev, and its versions on preview URLs."""

    enabled: bool
    previews_enabled: bool


class VersionItem(ApiAnswer):
    """A version in the list of a script's versions."""

    id: Word
    number: int
    annotations: dict[str, Message] = Field(default_factory=dict)


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


class UploadedVersion(ApiAnswer):
    """The answer to the upload of a version; `model_extra` may hold the version in full."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: Word


class AssetsSchema(ApiAnswer):
    """How a version's assets are served."""

    config: dict[str, Json] = Field(default_factory=dict)


class VersionAssets(ApiAnswer):
    """A version as the newer API describes it, as far as its assets go."""

    assets: AssetsSchema | None = None


class NewestSettings(ApiAnswer):
    """What only the settings of a script tell, of its newest version: where it runs, its cache."""

    placement: dict[str, Json] | None = None
    cache_options: dict[str, Json] | None = None


class ReferencedDomain(ApiAnswer):
    """A custom domain of a Worker."""

    hostname: str
    zone_id: str


class References(ApiAnswer):
    """What depends on a Worker."""

    domains: list[ReferencedDomain]


class TailConsumerName(ApiAnswer):
    """A Worker that gets the logs of another one."""

    name: str


class WorkerItem(ApiAnswer):
    """A Worker as the newer API describes it: what belongs to a script and to no version of it."""

    logpush: bool
    observability: dict[str, Json]
    references: References
    subdomain: SubdomainState
    tags: list[str]
    tail_consumers: list[TailConsumerName]


class RouteSchema(ApiAnswer):
    """A route of a script."""

    pattern: str
    zone_name: str
