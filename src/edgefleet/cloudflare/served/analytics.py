"""Cloudflare's GraphQL Analytics API: what the versions of a script have served.

https://developers.cloudflare.com/analytics/graphql-api/tutorials/querying-workers-metrics/
It needs Account Analytics: Read, is minutes late, and samples a busy script.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field

from edgefleet.cloudflare.envelope import ApiError, parse_envelope, parse_result
from edgefleet.cloudflare.models import ServedByVersion
from edgefleet.cloudflare.permissions import permission_of
from edgefleet.core.foreign.json import parse_json
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.model import Json
from edgefleet.http.connection import HttpResponse

QUERY = """
query Served($account: string!, $filter: AccountWorkersInvocationsAdaptiveFilter_InputObject!) {
  viewer {
    accounts(filter: { accountTag: $account }) {
      served: workersInvocationsAdaptive(limit: 10, filter: $filter) {
        dimensions { scriptVersion }
        sum { requests errors }
        avg { sampleInterval }
      }
    }
  }
}
"""


class _Answered(BaseModel):
    """A part of an answer, of which edgefleet reads some fields."""

    model_config = ConfigDict(extra="ignore")


class _Dimensions(_Answered):
    version_id: str = Field(alias="scriptVersion")


class _Sum(_Answered):
    requests: int = Field(ge=0)
    errors: int = Field(ge=0)


class _Average(_Answered):
    sample_interval: float = Field(alias="sampleInterval", ge=1, allow_inf_nan=False)


class _Row(_Answered):
    dimensions: _Dimensions
    sum: _Sum
    avg: _Average


def variables(
    account_id: str, script: str, versions: Sequence[str], since: datetime, until: datetime
) -> Mapping[str, Json]:
    """Return the variables of `QUERY`: these versions of a script, from `since` to `until`."""
    wanted = {
        "scriptName": script,
        "scriptVersion_in": list(versions),
        "datetime_geq": _text(since),
        "datetime_lt": _text(until),
    }
    return {"account": account_id, "filter": wanted}


def served(data: Json) -> tuple[ServedByVersion, ...]:
    """Return what an answer tells of each version; raises `ApiError` where it has another form."""
    try:
        (account,) = data["viewer"]["accounts"]
        listed = account["served"]
    except (KeyError, TypeError, ValueError) as error:
        raise ApiError(
            "POST /graphql: Cloudflare's analytics answer without the account"
        ) from error
    rows = parse_result({"result": listed}, list[_Row], "POST /graphql")
    return tuple(
        ServedByVersion(
            version_id=row.dimensions.version_id,
            requests=row.sum.requests,
            errors=row.sum.errors,
            sample_interval=row.avg.sample_interval,
        )
        for row in rows
    )


def parse_graphql(answer: HttpResponse, what: str) -> Json:
    """Return the `data` of an answer; raises `ApiError` for its errors, which have status 200."""
    if not answer.ok:
        parse_envelope(answer, what)
    try:
        body = parse_json(answer.content)
    except ValueError as error:
        raise ApiError(f"{what}: a body that is not JSON", status=answer.status) from error
    if not isinstance(body, dict):
        raise ApiError(f"{what}: a body that is no answer to a query", status=answer.status)
    errors = body.get("errors")
    if not errors:
        return body.get("data")
    messages = [str(one.get("message")) for one in errors if isinstance(one, dict)]
    refused = ApiError(
        f"{what}: {foreign_text('; '.join(messages)) or 'no reason given'}", status=400
    )
    if any("authorized" in message for message in messages):
        refused.lacks(permission_of(what))
    raise refused


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
