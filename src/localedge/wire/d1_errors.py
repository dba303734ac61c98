"""Error codes of the D1 API."""

from localedge.wire.errors import ApiError


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
