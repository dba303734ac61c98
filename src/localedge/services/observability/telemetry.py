"""Telemetry: queries over what ran, and the fields and values that there are."""

import time
import uuid
from collections.abc import Mapping, Sequence

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
        found = self._documents(account, given.timeframe.begin, given.timeframe.to, asked.datasets)
        matching = [it for it in found if test(it.flat)]
        statistics = {
            "elapsed": time.monotonic() - began,
            "rows_read": len(found),
            "bytes_read": 0,
        }
        return success(
            {
                "run": _run(account, given, statistics),
                "statistics": statistics,
                given.view: _view(given, matching),
            }
        )

    async def keys(self, request: Request) -> Response:
        given = read(Keys, await request.body())
        now = time.time() * 1000
        begin = now - RETENTION if given.begin is None else given.begin
        found = self._documents(
            request.path_params["account_id"],
            begin,
            now if given.to is None else given.to,
            given.datasets,
        )
        named = needle_test(given.key_needle) if given.key_needle else None
        seen: dict[tuple[str, str], int] = {}
        for document in _matching(found, all_of(given.filters, "and", given.needle)):
            for key, value in document.flat.items():
                if named is None or named(key):
                    place = (key, _kind(value))
                    seen[place] = max(seen.get(place, 0), document.at)
        shown = [
            {"key": key, "type": kind, "lastSeenAt": at} for (key, kind), at in sorted(seen.items())
        ]
        return success(shown[: int(given.limit)])

    async def values(self, request: Request) -> Response:
        given = read(Values, await request.body())
        found = self._documents(
            request.path_params["account_id"],
            given.timeframe.begin,
            given.timeframe.to,
            given.datasets,
        )
        matching = _matching(found, all_of(given.filters, "and", given.needle))
        values = {typed(it.flat.get(given.key), given.type): None for it in matching}
        shown = [
            {"dataset": DATASET, "key": given.key, "type": given.type, "value": value}
            for value in values
            if value is not None
        ]
        return success(shown[: int(given.limit)])

    def _documents(
        self, account: str, begin: float, end: float, datasets: Sequence[str]
    ) -> list[Document]:
        """Return the events of a time, newest first."""
        if datasets and DATASET not in datasets:
            return []
        now, traces = int(time.time() * 1000), self._state.traces
        first, last = int(max(begin, now - RETENTION)), int(min(end, now))
        ran = traces.analytics.logged(traces.stored.invocations(account, first, last), now)
        found = [
            document
            for it, interval in ran
            for document in documents(
                it,
                traces.stored.event(it),
                interval,
                invocation_logs=invocation_logs_on(self._settings(it.ref)),
            )
            if document.at <= end
        ]
        return sorted(found, key=lambda it: it.at, reverse=True)

    def _settings(self, ref: ScriptRef) -> Mapping[str, Json]:
        script = self._state.scripts.get(ref)
        return script.settings if script else {}


def _matching(found: Sequence[Document], test: Test) -> list[Document]:
    return [it for it in found if test(it.flat)]


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
