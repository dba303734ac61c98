"""R2 buckets: `/accounts/{id}/r2/buckets`, and what an account stores in all of them."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.r2.buckets import STANDARD, R2Bucket, check_jurisdiction
from localedge.state.r2.rules import page_size
from localedge.state.r2.store import R2Store
from localedge.wire.envelope import success
from localedge.wire.request import as_text, json_object, whole_number

BUCKETS = "/accounts/{account_id}/r2/buckets"
BUCKET = BUCKETS + "/{bucket}"
EMPTY = {"objects": 0, "payloadSize": 0, "metadataSize": 0}


def routes(r2: R2Store) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Service(r2)
    return [
        Route(BUCKETS, service.list_buckets, methods=["GET"]),
        Route(BUCKETS, service.create, methods=["POST"]),
        Route(BUCKET, service.read, methods=["GET"]),
        Route(BUCKET, service.change, methods=["PATCH"]),
        Route(BUCKET, service.delete, methods=["DELETE"]),
        Route("/accounts/{account_id}/r2/metrics", service.metrics, methods=["GET"]),
    ]


class _Service:
    def __init__(self, r2: R2Store) -> None:
        self._r2 = r2

    async def list_buckets(self, request: Request) -> Response:
        query = request.query_params
        found = self._r2.buckets.all(request.path_params["account_id"], _jurisdiction(request))
        found = [it for it in found if query.get("name_contains", "") in it.name]
        reverse = query.get("direction") == "desc"
        if reverse:
            found.reverse()
        after = query.get("cursor") or query.get("start_after")
        if after:
            found = [it for it in found if (it.name < after if reverse else it.name > after)]
        size = _per_page(request)
        info: dict[str, Json] = {"per_page": size}
        if len(found) > size:
            info["cursor"] = found[size - 1].name
        return success({"buckets": [_bucket(it) for it in found[:size]]}, result_info=info)

    async def create(self, request: Request) -> Response:
        body = await json_object(request)
        made = self._r2.buckets.create(
            request.path_params["account_id"],
            as_text(body.get("name"), "name"),
            _jurisdiction(request),
            location=as_text(body.get("locationHint", "wnam"), "locationHint").lower(),
            storage_class=as_text(body.get("storageClass", STANDARD), "storageClass"),
        )
        return success(_bucket(made))

    async def read(self, request: Request) -> Response:
        return success(_bucket(self._bucket(request)))

    async def change(self, request: Request) -> Response:
        bucket = self._bucket(request)
        self._r2.buckets.set_storage_class(
            bucket, request.headers.get("cf-r2-storage-class", bucket.storage_class)
        )
        return success(_bucket(self._bucket(request)))

    async def delete(self, request: Request) -> Response:
        self._r2.delete_bucket(self._bucket(request))
        return success({})

    async def metrics(self, request: Request) -> Response:
        buckets = self._r2.buckets.of_account(request.path_params["account_id"])
        totals = [self._r2.objects.totals(it) for it in buckets]
        published = {
            **EMPTY,
            "objects": sum(count for count, _ in totals),
            "payloadSize": sum(size for _, size in totals),
        }
        # Classes are not counted apart: all is stored alike here.
        return success(
            {
                "standard": {"published": published, "uploaded": EMPTY},
                "infrequentAccess": {"published": EMPTY, "uploaded": EMPTY},
            }
        )

    def _bucket(self, request: Request) -> R2Bucket:
        account, name = request.path_params["account_id"], request.path_params["bucket"]
        return self._r2.buckets.require(account, name, _jurisdiction(request))


def _jurisdiction(request: Request) -> str:
    return check_jurisdiction(request.headers.get("cf-r2-jurisdiction"))


def _per_page(request: Request) -> int:
    given = request.query_params.get("per_page")
    return page_size(None if given is None else whole_number(given) or 0)


def _bucket(bucket: R2Bucket) -> Json:
    return {
        "name": bucket.name,
        "creation_date": bucket.created_on,
        "location": bucket.location,
        "jurisdiction": bucket.jurisdiction,
        "storage_class": bucket.storage_class,
    }
