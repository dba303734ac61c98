"""What the APIs of Queues and Hyperdrive refuse."""

from localedge.wire.errors import ApiError


class QueueNotFound(ApiError):
    """The account has no queue of this id."""

    status = 404
    code = 11000
    text = "workers.api.error.queue_not_found"


class QueueExists(ApiError):
    """The account has a queue of this name already."""

    status = 409
    code = 11009
    text = "Queue name is already taken."


class HyperdriveNotFound(ApiError):
    """The account has no Hyperdrive configuration of this id."""

    status = 404
    code = 2001
    text = "Hyperdrive config not found."
