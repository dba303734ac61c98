"""What tenants have in common: keys of tenant.config.json that fleet.jsonc may say for all.

The field descriptions here are what editors show.
"""

from datetime import date
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from edgefleet.cloudflare.plan_limits import WorkersPlan
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.core import ids
from edgefleet.core.model import CamelModel, Json


def _all_different(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise ValueError("an entry occurs twice")
    return values


def _only_text(words: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        # pydantic would read a number as seconds since 1970.
        if not isinstance(value, str | date):
            raise ValueError(f"{words} is written as text")  # noqa: TRY004 - pydantic wants it
        return value

    return BeforeValidator(check)


NAME = r"^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$"
ACCOUNT_ID = rf"^{ids.HEX_ID}$"
SCRIPT = r"^[a-z0-9_][a-z0-9_-]{0,62}$"
CAPITALS = r"^[A-Z][A-Z0-9_]{0,63}$"
COMMIT = r"^[0-9a-f]{7,40}$"
VERSION_ID = rf"^{ids.UUID}$"

PATTERNS = {
    NAME: "1 to 48 lower-case letters, digits and inner hyphens",
    ACCOUNT_ID: "an account id: 32 hexadecimal digits in lower case",
    SCRIPT: "the name of a script: lower-case letters, digits, _ and -",
    CAPITALS: "the name of a secret, never its value: capitals, digits and underscores",
    COMMIT: "a git commit: 7 to 40 hexadecimal digits in lower case",
    VERSION_ID: "the id of a Worker's version, as `edgefleet history --format json` shows it",
}
"""Each pattern of this file in words, for messages."""

Different = [AfterValidator(_all_different), Field(json_schema_extra={"uniqueItems": True})]
Name = Annotated[str, Field(pattern=NAME)]
AccountId = Annotated[str, Field(pattern=ACCOUNT_ID)]
SecretName = Annotated[str, Field(pattern=CAPITALS)]
Day = Annotated[date, _only_text("a date, YYYY-MM-DD,")]
Time = Annotated[AwareDatetime, _only_text("a time, such as 2026-12-24T18:00:00Z,")]
Text = Annotated[str, Field(min_length=1, max_length=500)]
ScriptNames = Annotated[tuple[Annotated[str, Field(pattern=SCRIPT)], ...], *Different]
Names = Annotated[tuple[Name, ...], *Different]
SecretNames = Annotated[tuple[SecretName, ...], *Different]


class DriftException(CamelModel):
    """A difference between files and Cloudflare that is known and allowed for a while."""

    path: Text = Field(description="What differs, as `edgefleet drift` names it.")
    reason: Text = Field(description="Why it is allowed, for the next reader.")
    expires: Day = Field(description="The last day, YYYY-MM-DD (UTC); after it, an error.")


class DriftSettings(CamelModel):
    """Settings of `edgefleet drift` for this tenant."""

    ignore: tuple[DriftException, ...] = Field(default=(), description="Differences allowed.")


class Freeze(CamelModel):
    """A time in which nothing is deployed to a tenant."""

    start: Time = Field(
        alias="from", description="When it begins: 2026-12-24T18:00:00Z, or with an offset."
    )
    until: Time = Field(description="When it is over, written in the same way.")
    reason: Text = Field(description="Why, for the next reader.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until <= self.start:
            raise ValueError("must end after it begins")
        return self


class SharedKeys(CamelModel):
    """The keys that a tenant says itself or gets from `defaults` of fleet.jsonc."""

    required_secrets: SecretNames = Field(
        default=(),
        description="Names (never values) of the secrets that the Worker must have at Cloudflare.",
    )
    drift: DriftSettings = Field(
        default=DriftSettings(), description="Settings of `edgefleet drift`."
    )
    ring: Annotated[int, Field(strict=True, ge=0, le=99)] = Field(
        default=0,
        description="When it is deployed among all: ring 0 first, each proved before the next.",
    )
    tags: Names = Field(default=(), description="Words to select tenants by: `--tenants tag:eu`.")
    freeze: Freeze | None = Field(default=None, description="When nothing is deployed to it.")
    canary: CanaryPolicy | None = Field(
        default=None,
        description="How a new version gets its traffic; null: all of it at once, once it is "
        "healthy at 0 %.",
    )
    plan: WorkersPlan | None = Field(
        default=None,
        description="The Workers plan of the account: what is above its limits is an error. "
        "Without it, what is above those of the free plan is a warning.",
    )
    owner: Name | None = Field(
        default=None,
        description="Whose token it is, where one Cloudflare user has the tokens of several "
        "tenants: Cloudflare counts the requests of all of them together.",
    )


class TenantDefaults(SharedKeys):
    """What holds for each tenant that does not say it in its own tenant.config.json."""

    model_config = ConfigDict(hide_input_in_errors=True)

    @cached_property
    def given(self) -> dict[str, Json]:
        """The keys that fleet.jsonc names, as tenant.config.json would have them."""
        given: dict[str, Json] = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return given
