"""Telemetry: queries over what ran, and the fields and values that there are."""

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json, ScriptRef
from localedge.services.observability.calculations import calculated, iso
from localedge.services.observability.documents import (
    DATASET,
    Document,
    documents,
    invocation_logs_on,
)
from localedge.services.observability.filters import Test, all_of, needle_test, typed
from localedge.services.observability.parameters import Keys, TelemetryQuery, Values, read
from localedge.state.server import ServerState
from localedge.state.traces.events import Invocation
from localedge.wire.envelope import success
from localedge.wire.errors import BadBody

TELEMETRY = "/accounts/{account_id}/workers/observability/telemetry"
RETENTION = 7 * 24 * 3600 * 1000
"""Milliseconds that events can be asked for (https://developers.cloudflare.com/workers/observability/logs/workers-logs/#limits)."""
POINTS = 30
"""Points in time of a series, unless a query wants another number."""


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Telemetry(state)
    return [
        Route(TELEMETRY + "/query", service.query, methods=["POST"]),
        Route(TELEMETRY + "/keys", service.keys, methods=["POST"]),
        Route(TELEMETRY + "/values", service.values, methods=["POST"]),
    ]


@dataclass(frozen=True)
class Logged:
    """Invocations, each with its event as JSON, how many it stands for, and whether it is one."""

    invocations: Sequence[tuple[Invocation, str, float, bool]]
    end: float

    def documents(self) -> list[Document]:
        """Return the events up to the end, newest first."""
        found = [
            document
            for it, event, weight, whole in self.invocations
            for document in documents(it, json.loads(event), weight, invocation_logs=whole)
            if document.at <= self.end
        ]
        return sorted(found, key=lambda it: it.at, reverse=True)


class _Telemetry:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def query(self, request: Request) -> Response:
        account, began = request.path_params["account_id"], time.monotonic()
        body = await request.body()
        given = read(TelemetryQuery, body)
        if given.timeframe.begin >= given.timeframe.to:
            raise BadBody("timeframe/from must be earlier than timeframe/to.")
        asked = given.parameters
        test = all_of(asked.filters, asked.filter_combination, asked.needle)
        logged = self._logged(account, given.timeframe.begin, given.timeframe.to, asked.datasets)
        # The work is done beside the event loop, which goes on serving Workers.
        found, view = await asyncio.to_thread(_answer, logged, test, given)
        statistics = {
            "elapsed": time.monotonic() - began,
            "rows_read": found,
            "bytes_read": 0,
        }
        return success(
            {
                "run": _run(account, given, statistics),
                "statistics": statistics,
                given.view: view,
            }
        )

    async def keys(self, request: Request) -> Response:
        given = read(Keys, await request.body())
        now = time.time() * 1000
        begin = now - RETENTION if given.begin is None else given.begin
        account, end = request.path_params["account_id"], now if given.to is None else given.to
        logged = self._logged(account, begin, end, given.datasets)
        test = all_of(given.filters, "and", given.needle)
        named = needle_test(given.key_needle) if given.key_needle else None
        seen = await asyncio.to_thread(_seen, logged, test, named)
        shown = [
            {"key": key, "type": kind, "lastSeenAt": at} for (key, kind), at in sorted(seen.items())
        ]
        return success(shown[: int(given.limit)])

    async def values(self, request: Request) -> Response:
        given = read(Values, await request.body())
        account, span = request.path_params["account_id"], given.timeframe
        logged = self._logged(account, span.begin, span.to, given.datasets)
        test = all_of(given.filters, "and", given.needle)
        found = await asyncio.to_thread(logged.documents)
        values = {typed(it.get(given.key), given.type): None for it in found if test(it)}
        shown = [
            {"dataset": DATASET, "key": given.key, "type": given.type, "value": value}
            for value in values
            if value is not None
        ]
        return success(shown[: int(given.limit)])

    def _logged(self, account: str, begin: float, end: float, datasets: Sequence[str]) -> Logged:
        """Return what Workers Logs hold of a time."""
        if datasets and DATASET not in datasets:
            return Logged([], end)
        now, traces = int(time.time() * 1000), self._state.traces
        ran = traces.stored.with_events(
            account, int(max(begin, now - RETENTION)), int(min(end, now))
        )
        events = {it.id: event for it, event in ran}
        kept = traces.analytics.logged([it for it, _ in ran], now)
        whole = {it.ref: invocation_logs_on(self._settings(it.ref)) for it, _ in kept}
        return Logged([(it, events[it.id], weight, whole[it.ref]) for it, weight in kept], end)

    def _settings(self, ref: ScriptRef) -> Mapping[str, Json]:
        script = self._state.scripts.get(ref)
        return script.settings if script else {}


def _answer(logged: Logged, test: Test, given: TelemetryQuery) -> tuple[int, Json]:
    """Return the number of events that were read, and what the view shows of them."""
    found = logged.documents()
    return len(found), _view(given, [it for it in found if test(it)])


def _seen(
    logged: Logged, test: Test, named: Callable[[str], bool] | None
) -> dict[tuple[str, str], int]:
    """Return each field and its type, with the last moment that had it."""
    seen: dict[tuple[str, str], int] = {}
    for document in logged.documents():
        if test(document):
            for key, value in document.flat.items():
                if named is None or named(key):
                    place = (key, _kind(value))
                    seen[place] = max(seen.get(place, 0), document.at)
    return seen


def _view(given: TelemetryQuery, matching: Sequence[Document]) -> Json:
    if given.view == "calculations":
        series = not given.ignore_series and given.chart_type != "aggregate"
        points = int(given.granularity or POINTS) if series else 0
        return calculated(matching, given.parameters, given.timeframe, points)
    page = _page(given, matching)
    if given.view == "events":
        return {
            "count": sum(it.interval for it in matching),
            "events": [it.shown for it in page],
            "fields": sorted(
                ({"key": key, "type": kind} for key, kind in _kinds(page)),
                key=lambda it: it["key"],
            ),
        }
    invocations: dict[str, list[Json]] = {}
    for document in page:
        place = document.shown["$workers"]["requestId"]
        invocations.setdefault(place, []).append(document.shown)
    return invocations


def _page(given: TelemetryQuery, matching: Sequence[Document]) -> list[Document]:
    """Return the events behind the cursor, which is the id of one."""
    ids = [it.shown["$metadata"]["id"] for it in matching]
    size = int(given.limit)
    if given.offset not in ids:
        skipped = int(given.offset_by)
        return list(matching[skipped : skipped + size])
    place = ids.index(given.offset)
    if given.offset_direction == "prev":
        return list(matching[max(place - size, 0) : place])
    return list(matching[place + 1 : place + 1 + size])


def _kinds(page: Sequence[Document]) -> set[tuple[str, str]]:
    return {(key, _kind(value)) for it in page for key, value in it.flat.items()}


def _kind(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def _run(account: str, given: TelemetryQuery, statistics: Json) -> dict[str, Json]:
    now = iso(time.time() * 1000)
    parameters = given.parameters.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {
        "id": uuid.uuid4().hex,
        "accountId": account,
        "userId": account,
        "dry": given.dry,
        "granularity": int(given.granularity or POINTS),
        "status": "COMPLETED",
        "timeframe": {"from": int(given.timeframe.begin), "to": int(given.timeframe.to)},
        "created": now,
        "updated": now,
        "statistics": statistics,
        "query": {
            "id": given.query_id,
            "adhoc": True,
            "name": given.query_id,
            "description": None,
            "created": now,
            "updated": now,
            "createdBy": account,
            "updatedBy": account,
            "parameters": parameters,
        },
    }
