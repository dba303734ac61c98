"""What the API of Hyperdrive refuses."""

from localedge.wire.errors import ApiError


class HyperdriveNotFound(ApiError):
    """The account has no Hyperdrive configuration of this id."""

    status = 404
    code = 2001
    text = "Hyperdrive config not found."
