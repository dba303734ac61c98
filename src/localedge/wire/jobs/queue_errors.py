"""What the Queues API refuses.

Codes from 10104 to 10252 are those of https://developers.cloudflare.com/queues/reference/error-codes/;
those from 11000 on are seen in answers of the API to wrangler and other clients. Cloudflare
documents none for a consumer that does not exist or for an invalid name: those two are chosen here.
"""

from localedge.wire.errors import ApiError


class QueueError(ApiError):
    """Something about a queue that was refused; most are bad requests."""

    status = 400


class QueueNotFound(QueueError):
    """The account has no queue of this id or name."""

    status = 404
    code = 11000
    text = "workers.api.error.queue_not_found"


class QueueHandlerMissing(QueueError):
    """The script that should consume the queue has no `queue()` handler."""

    code = 11001
    text = "Queue handler is missing"


class ConsumerNotFound(QueueError):
    """The queue has no consumer of this id."""

    status = 404
    code = 11002
    text = "workers.api.error.consumer_not_found"


class InvalidQueueName(QueueError):
    """A queue's name is 1 to 63 lowercase letters, digits and dashes."""

    code = 11003
    text = "workers.api.error.invalid_queue_name"


class ConsumerExists(QueueError):
    """The queue has a consumer already; it can have one."""

    code = 11004
    text = "workers.api.error.consumer_exists"


class QueueExists(QueueError):
    """The account has a queue of this name already."""

    status = 409
    code = 11009
    text = "Queue name is already taken."


class PullNotEnabled(QueueError):
    """Messages are pulled from a queue that has no pull consumer."""

    code = 0
    text = "messages cannot be pulled unless http_pull mode is enabled"


class DeliveryPaused(QueueError):
    """Messages are pulled from a queue whose delivery is paused."""

    status = 409
    code = 10252
    text = "queue_delivery_paused"


class MessageMetadataInvalid(QueueError):
    """A message of an unknown content type, or with an impossible delay."""

    code = 10203
    text = "Invalid message metadata."


class MessageTooLarge(QueueError):
    """A message is larger than 128 KB."""

    status = 413
    code = 10204
    text = "Message size out of bounds."


class MessageBatchTooLarge(QueueError):
    """The messages of a batch are larger together than 256 KB."""

    status = 413
    code = 10205
    text = "Batch size out of bounds."


class TooManyMessages(QueueError):
    """A batch of no message, or of more than 100."""

    status = 413
    code = 10206
    text = "Batch count out of bounds."


class MessageBodyInvalid(QueueError):
    """The body of a request for messages has another form than the API takes."""

    code = 10207
    text = "Request body does not match the expected schema."
