"""What telemetry requests carry, as Cloudflare's API describes it.

https://developers.cloudflare.com/api/resources/workers/subresources/observability/
"""

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from localedge.wire.errors import BadBody

Model = TypeVar("Model", bound=BaseModel)
Kind = Literal["string", "number", "boolean"]
Value = str | float | bool | None
Combination = Literal["and", "or", "AND", "OR"]
DEEPEST = 4
"""Levels of filter groups."""

OPERATIONS = {
    "=": "eq",
    "!=": "neq",
    ">": "gt",
    ">=": "gte",
    "<": "lt",
    "<=": "lte",
    "does_not_include": "not_includes",
    "match_regex": "regex",
    "does_not_exist": "is_null",
}
"""Other names of operations; in capitals they mean the same."""
FilterOperation = Literal[
    "includes", "not_includes", "starts_with", "ends_with", "regex", "exists", "is_null", "in",
    "not_in", "eq", "neq", "gt", "gte", "lt", "lte", "=", "!=", ">", ">=", "<", "<=", "INCLUDES",
    "DOES_NOT_INCLUDE", "MATCH_REGEX", "EXISTS", "DOES_NOT_EXIST", "IN", "NOT_IN", "STARTS_WITH",
    "ENDS_WITH",
]  # fmt: skip
CalculationOperator = Literal[
    "count", "COUNT", "uniq", "COUNT_DISTINCT", "max", "MAX", "min", "MIN", "sum", "SUM", "avg",
    "AVG", "median", "MEDIAN", "p001", "p01", "p05", "p10", "p25", "p75", "p90", "p95", "p99",
    "p999", "P001", "P01", "P05", "P10", "P25", "P75", "P90", "P95", "P99", "P999", "stddev",
    "STDDEV", "variance", "VARIANCE",
]  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class Leaf(_Part):
    """A condition on one field."""

    key: str
    operation: FilterOperation
    type: Kind
    kind: Literal["filter"] = "filter"
    value: Value = None

    @property
    def operator(self) -> str:
        """The operation by its only name."""
        return OPERATIONS.get(self.operation.lower(), self.operation.lower())


class Group(_Part):
    """Filters of which all, or any, must match."""

    kind: Literal["group"]
    filter_combination: Combination
    filters: list["Group | Leaf"]


Filter = Group | Leaf


class Needle(_Part):
    """A text, or a regular expression, that any field must have."""

    value: Value
    is_regex: bool = False
    match_case: bool = False


class Calculation(_Part):
    """A figure; each operator but `count` needs a key."""

    operator: CalculationOperator
    key: str | None = None
    key_type: Kind | None = None
    alias: str | None = None

    @property
    def name(self) -> str:
        """What `orderBy` and `havings` call it."""
        return self.alias or self.operator


class GroupBy(_Part):
    """A field to group by."""

    type: Kind
    value: str


class Having(_Part):
    """A condition on a calculation."""

    key: str
    operation: Literal["eq", "neq", "gt", "gte", "lt", "lte"]
    value: float


class OrderBy(_Part):
    """The calculation to order groups by."""

    value: str
    order: Literal["asc", "desc"] = "desc"


class Parameters(_Part):
    """What a query looks for, and what it counts."""

    calculations: list[Calculation] = []
    datasets: list[str] = []
    filter_combination: Combination = "and"
    filters: list[Filter] = []
    group_bys: list[GroupBy] = []
    havings: list[Having] = []
    limit: Annotated[int, Field(ge=0)] | None = None
    needle: Needle | None = None
    order_by: OrderBy | None = None


class Timeframe(_Part):
    """From when to when, in milliseconds since the epoch."""

    begin: float = Field(alias="from")
    to: float


class TelemetryQuery(_Part):
    """A query; localedge keeps none, so each brings its parameters."""

    query_id: str
    timeframe: Timeframe
    parameters: Parameters
    view: Literal["events", "calculations", "invocations"] = "calculations"
    chart: bool = False
    chart_type: Literal["timeseries_and_aggregate", "timeseries", "aggregate"] = (
        "timeseries_and_aggregate"
    )
    dry: bool = False
    granularity: float | None = Field(default=None, ge=1, le=1000)
    ignore_series: bool = False
    limit: float = Field(default=50, ge=0, le=2000)
    offset: str | None = None
    offset_by: float = Field(default=0, ge=0)
    offset_direction: Literal["next", "prev"] = "next"


class Keys(_Part):
    """Asks for the fields that there are."""

    datasets: list[str] = []
    filters: list[Filter] = []
    begin: float | None = Field(default=None, alias="from")
    to: float | None = None
    key_needle: Needle | None = None
    needle: Needle | None = None
    limit: float = Field(default=1000, ge=0)


class Values(_Part):
    """Asks for the values of one field."""

    datasets: list[str] = []
    filters: list[Filter] = []
    key: str
    type: Kind
    timeframe: Timeframe
    needle: Needle | None = None
    limit: float = Field(default=50, ge=0)


def read(model: type[Model], body: bytes) -> Model:
    """Return what a body says; raise `BadBody` where it has another form."""
    try:
        found = model.model_validate_json(body)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_context=False, include_input=False)[0]
        raise BadBody(f"{'/'.join(map(str, first['loc']))}: {first['msg']}") from invalid
    if any(_depth(it) > DEEPEST for it in _filters(found)):
        raise BadBody(f"filters may have {DEEPEST} levels.")
    return found


def _filters(found: BaseModel) -> list[Filter]:
    given = found.parameters if isinstance(found, TelemetryQuery) else found
    return given.filters if isinstance(given, Parameters | Keys | Values) else []


def _depth(given: Filter) -> int:
    if isinstance(given, Leaf):
        return 0
    return 1 + max((_depth(it) for it in given.filters), default=0)
