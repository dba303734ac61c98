"""Error codes of the Vectorize API."""

from localedge.wire.errors import ApiError


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
    """The query requests more matches than one query may return."""

    code = 40025


class VectorizeBadQuery(VectorizeError):
    """The body of a request could not be read."""

    code = 40026
