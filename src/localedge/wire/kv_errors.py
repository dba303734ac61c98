"""Error codes of the KV API."""

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
    """The requested number of keys is not allowed."""

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
