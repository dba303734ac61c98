"""The settings of an R2 bucket, in the form that Cloudflare's API takes them; none is applied."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Methods = Literal["GET", "PUT", "POST", "DELETE", "HEAD"]
Actions = Literal[
    "PutObject", "CopyObject", "DeleteObject", "CompleteMultipartUpload", "LifecycleDeletion"
]
TlsVersion = Literal["1.0", "1.1", "1.2", "1.3"]


class _Document(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=False
    )


class AgeCondition(_Document):
    """Holds when an object has reached an age, in seconds."""

    type: Literal["Age"]
    max_age: int = Field(ge=0)


class DateCondition(_Document):
    """Holds from a date on."""

    type: Literal["Date"]
    date: datetime


Condition = Annotated[AgeCondition | DateCondition, Field(discriminator="type")]


class Transition(_Document):
    """What happens to objects for which the condition holds."""

    condition: Condition | None = None


class AbortTransition(_Document):
    """When multipart uploads that are not completed are ended."""

    condition: AgeCondition | None = None


class ClassTransition(_Document):
    """When objects go to another storage class."""

    condition: Condition
    storage_class: Literal["InfrequentAccess"]


class LifecycleScope(_Document):
    """Which objects a lifecycle rule is for."""

    prefix: str = ""


class LifecycleRule(_Document):
    """One rule of a lifecycle policy."""

    id: str
    enabled: bool
    conditions: LifecycleScope
    delete_objects_transition: Transition | None = None
    abort_multipart_uploads_transition: AbortTransition | None = None
    storage_class_transitions: tuple[ClassTransition, ...] | None = None


class LifecyclePolicy(_Document):
    """The lifecycle policy of a bucket."""

    rules: tuple[LifecycleRule, ...] = Field(default=(), max_length=1000)


class LockAge(_Document):
    """Objects are locked until they have an age, in seconds."""

    type: Literal["Age"]
    max_age_seconds: int = Field(ge=0)


class LockDate(_Document):
    """Objects are locked until a date."""

    type: Literal["Date"]
    date: datetime


class LockForever(_Document):
    """Objects are locked as long as the rule is there."""

    type: Literal["Indefinite"]


class LockRule(_Document):
    """One rule that keeps objects from being deleted or replaced."""

    id: str
    enabled: bool
    prefix: str | None = None
    condition: Annotated[LockAge | LockDate | LockForever, Field(discriminator="type")]


class LockRules(_Document):
    """The lock rules of a bucket."""

    rules: tuple[LockRule, ...] = Field(default=(), max_length=1000)


class CorsAllowed(_Document):
    """What web pages of other origins may send."""

    methods: tuple[Methods, ...]
    origins: tuple[str, ...]
    headers: tuple[str, ...] | None = None


class CorsRule(_Document):
    """One rule for web pages of other origins."""

    id: str | None = None
    allowed: CorsAllowed
    expose_headers: tuple[str, ...] | None = None
    max_age_seconds: float | None = Field(default=None, ge=0, le=86400)


class CorsPolicy(_Document):
    """The CORS policy of a bucket."""

    rules: tuple[CorsRule, ...] = Field(default=(), max_length=100)


class NewNotificationRule(_Document):
    """Which changes of objects a queue gets messages of."""

    actions: tuple[Actions, ...] = Field(min_length=1)
    prefix: str | None = None
    suffix: str | None = None
    description: str | None = None


class NotificationRules(_Document):
    """Rules to add for one queue."""

    rules: tuple[NewNotificationRule, ...] = ()


class NewDomain(_Document):
    """A custom domain to attach to a bucket."""

    domain: str = Field(min_length=1)
    enabled: bool
    zone_id: str
    min_tls: TlsVersion | None = Field(default=None, alias="minTLS")
    ciphers: tuple[str, ...] | None = None


class DomainChange(_Document):
    """What changes of a custom domain; wrangler repeats its name."""

    domain: str | None = None
    zone_id: str | None = None
    enabled: bool | None = None
    min_tls: TlsVersion | None = Field(default=None, alias="minTLS")
    ciphers: tuple[str, ...] | None = None


class ManagedDomain(_Document):
    """Whether a bucket has an address below r2.dev."""

    enabled: bool
