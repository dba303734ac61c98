"""What the APIs of R2, Queues and Hyperdrive refuse."""

from localedge.wire.errors import ApiError


class BucketNotFound(ApiError):
    """The account has no R2 bucket of this name."""

    status = 404
    code = 10006
    text = "The specified bucket does not exist."


class BucketExists(ApiError):
    """The account has an R2 bucket of this name already."""

    status = 409
    code = 10004
    text = "The bucket you tried to create already exists, and you own it."


class InvalidBucketName(ApiError):
    """A bucket's name is 3 to 63 lowercase letters, digits and dashes."""

    status = 400
    code = 10005
    text = "The specified bucket name is not valid."


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
