"""The scalar types of Cloudflare's schema, by its names for them."""

from datetime import UTC, date, datetime

from graphql import GraphQLError, GraphQLScalarType

from localedge.model import Json


def shown_time(at: datetime) -> str:
    """Return a moment as Cloudflare shows it, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _time(value: Json) -> datetime:
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return at if at.tzinfo else at.replace(tzinfo=UTC)
    raise GraphQLError(f"cannot parse {value!r} as a time")


def _date(value: Json) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise GraphQLError(f"cannot parse {value!r} as a date") from None


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    raise GraphQLError(f"{value!r} is no string")


def _whole(value: Json) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise GraphQLError(f"{value!r} is no whole number")


def _number(value: Json) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise GraphQLError(f"{value!r} is no number")


TIME = GraphQLScalarType("Time", serialize=shown_time, parse_value=_time)
DATE = GraphQLScalarType("Date", serialize=date.isoformat, parse_value=_date)
TEXT = GraphQLScalarType("string", parse_value=_text)
WHOLE = GraphQLScalarType("uint64", serialize=round, parse_value=_whole)
NUMBER = GraphQLScalarType("float64", parse_value=_number)
