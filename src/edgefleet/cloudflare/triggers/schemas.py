"""What is read of the API's answers about queues and workflows."""

from pydantic import AwareDatetime

from edgefleet.cloudflare.schemas import ApiAnswer, Schedule, Word
from edgefleet.core.model import Json


class ConsumerSettings(ApiAnswer):
    """How a consumer gets messages; Cloudflare leaves out or nulls what is at its default."""

    batch_size: float | None = None
    max_retries: float | None = None
    max_wait_time_ms: float | None = None
    max_concurrency: float | None = None
    retry_delay: float | None = None


class Consumer(ApiAnswer):
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


class Queue(ApiAnswer):
    """A queue, and who gets its messages."""

    queue_name: str
    queue_id: str = ""
    consumers: tuple[Consumer, ...] = ()


class WorkflowItem(ApiAnswer):
    """A workflow: a name of the account, for a class of a script."""

    name: str
    class_name: str
    script_name: Word
    schedules: list[Schedule] | None = None
    jurisdiction: str | None = None


class WorkflowVersion(ApiAnswer):
    """One registration of a workflow; the newest one is in force."""

    created_on: AwareDatetime
    limits: dict[str, Json] | None = None
    concurrency: dict[str, Json] | None = None
    default_retention: dict[str, Json] | None = None
