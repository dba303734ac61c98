"""Error codes of the storage products: KV, D1, Vectorize and Workers AI."""

from localedge.wire.errors import ApiError


class KvError(ApiError):
    """An answer of the KV API; subclasses carry its codes."""

    status = 400


class KvKeyNotFound(KvError):
    """The key has no value, or it has expired."""

    status = 404
    code = 10009
    text = "get: 'key not found'"


class KvNamespaceNotFound(KvError):
    """The account has no namespace of this id."""

    status = 404
    code = 10013
    text = "namespace not found"


class KvNamespaceExists(KvError):
    """Another namespace of the account has this title."""

    code = 10014
    text = "create namespace: 'a namespace with this account ID and title already exists'"


class KvMissingTitle(KvError):
    """A namespace needs a title of 1 to 512 bytes."""

    code = 10019
    text = "create namespace: 'missing title'"


class KvPayloadTooLarge(KvError):
    """The value is larger than 25 MiB."""

    status = 413
    code = 10024
    text = "put: 'payload too large'"


class KvInvalidLimit(KvError):
    """The number of keys asked for is not allowed."""

    code = 10028
    text = "list keys: 'invalid limit argument'"


class KvInvalidRequest(KvError):
    """The body has another form than the endpoint takes."""

    code = 10029
    text = "invalid request"


class KvKeyTooLong(KvError):
    """The key is longer than 512 bytes."""

    status = 414
    code = 10030
    text = "key too long"


class KvInvalidExpiration(KvError):
    """The point in time is no number or less than 60 seconds away."""

    code = 10033
    text = "put: 'invalid expiration'"


class KvInvalidTtl(KvError):
    """The time to live is no number or shorter than 60 seconds."""

    code = 10034
    text = "put: 'invalid expiration_ttl'"


class KvInvalidCursor(KvError):
    """The cursor is not one that a listing gave."""

    code = 10041
    text = "list keys: 'invalid cursor'"


class KvIllegalKey(KvError):
    """The key is empty, `.` or `..`."""

    code = 10042
    text = "illegal key name"


class KvInvalidMetadata(KvError):
    """The metadata is not JSON."""

    code = 10047
    text = "put: 'invalid metadata'"


class KvMetadataTooLarge(KvInvalidMetadata):
    """The metadata is longer than 1024 bytes."""

    status = 413


class D1NotFound(ApiError):
    """The account has no database of this id or name."""

    status = 404
    code = 7404
    text = "The database could not be found"


class D1BadRequest(ApiError):
    """The body has another form than the endpoint takes."""

    status = 400
    code = 7400
    text = "The request is malformed"


class D1SqlError(ApiError):
    """SQLite refused a statement; the text is SQLite's own and its error name."""

    status = 400
    code = 7500

    def __init__(self, text: str, *, position: int = 0) -> None:
        super().__init__(text)
        self.position = position
        """Which query of the request failed, counted from 0."""


class D1DatabaseExists(ApiError):
    """Another database of the account has this name."""

    status = 400
    code = 7502
    text = "A database with that name already exists"


class VectorizeError(ApiError):
    """An answer of Vectorize; subclasses carry its codes."""

    status = 400


class VectorizeIndexNotFound(VectorizeError):
    """The account has no index of this name."""

    status = 404
    code = 3000
    text = "vectorize.index.not_found"


class VectorizeIndexExists(VectorizeError):
    """Another index of the account has this name."""

    status = 409
    code = 3002
    text = "vectorize.index.duplicate_name"


class VectorizeBadIndex(VectorizeError):
    """The index's name, dimensions or metric are not allowed."""

    code = 3003
    text = "vectorize.index.invalid"


class VectorizeQueryDimensions(VectorizeError):
    """The query's vector has another length than the index's."""

    code = 40006


class VectorizeBadId(VectorizeError):
    """An id is empty or longer than 64 bytes."""

    code = 40008


class VectorizeVectorDimensions(VectorizeError):
    """A stored vector has another length than the index's."""

    code = 40012


class VectorizeBadVector(VectorizeError):
    """A vector of an insert or upsert has another form than it must have."""

    code = 40023


class VectorizeTopK(VectorizeError):
    """More matches are asked for than one query may return."""

    code = 40025


class VectorizeBadQuery(VectorizeError):
    """The body of a request could not be read."""

    code = 40026


class AiNoSuchModel(ApiError):
    """The stand-in does not know the model."""

    status = 400
    code = 5007
    text = "No such model"


class AiBadInput(ApiError):
    """The input is not what the model takes."""

    status = 400
    code = 5006


class AiUpstreamError(ApiError):
    """The model failed; only the stand-in's failing models do."""

    status = 500
    code = 3043
    text = "Internal server error"


class AiGatewayNotFound(ApiError):
    """The account has no gateway of this id. The code is not documented: look at the status."""

    status = 404
    code = 7002
    text = "Not Found"


class AiGatewayExists(ApiError):
    """Another gateway of the account has this id. The code is not documented."""

    status = 409
    code = 7003
    text = "A gateway with this id already exists"


class AiGatewayBadSettings(ApiError):
    """The id or another setting cannot be one. The code is not documented."""

    status = 400
    code = 7001
