"""What R2 refuses, to the API and to a Worker's binding alike.

Codes: https://developers.cloudflare.com/r2/api/error-codes/. Texts and statuses of objects and
uploads are those that workerd's client sees of Miniflare's R2.
"""

from localedge.wire.errors import ApiError


class R2Error(ApiError):
    """A refusal of R2; a binding throws it with its text and code."""

    status = 400


class R2BucketNotFound(R2Error):
    """The account has no R2 bucket of this name in this jurisdiction."""

    status = 404
    code = 10006
    text = "The specified bucket does not exist."


class R2BucketExists(R2Error):
    """The account has an R2 bucket of this name already."""

    status = 409
    code = 10004
    text = "The bucket you tried to create already exists, and you own it."


class R2InvalidBucketName(R2Error):
    """A bucket's name is 3 to 63 lowercase letters, digits and dashes."""

    code = 10005
    text = "The specified bucket name is not valid."


class R2BucketNotEmpty(R2Error):
    """A bucket that holds objects cannot be deleted."""

    status = 409
    code = 10008
    text = "The bucket you tried to delete is not empty."


class R2ObjectNotFound(R2Error):
    """The bucket has no object of this key."""

    status = 404
    code = 10007
    text = "The specified key does not exist."


class R2InvalidObjectName(R2Error):
    """A key is 1 to 1024 bytes of UTF-8."""

    code = 10020
    text = "The specified object name is not valid."


class R2EntityTooLarge(R2Error):
    """An object larger than one upload may be."""

    code = 100100
    text = "Your proposed upload exceeds the maximum allowed object size."


class R2EntityTooSmall(R2Error):
    """A part that is smaller than a part may be, and not the last."""

    code = 10011
    text = "Your proposed upload is smaller than the minimum allowed object size."


class R2MetadataTooLarge(R2Error):
    """Custom metadata beyond its limit."""

    code = 10012
    text = "Your metadata headers exceed the maximum allowed metadata size."


class R2InvalidMaxKeys(R2Error):
    """A page of a list that has no size, or too large a one."""

    code = 10022
    text = "MaxKeys params must be positive integer <= 1000."


class R2UploadNotFound(R2Error):
    """No multipart upload of this id, or one that has ended."""

    code = 10024
    text = "The specified multipart upload does not exist."


class R2InvalidPart(R2Error):
    """A part that was not uploaded, or has another etag."""

    code = 10025
    text = "One or more of the specified parts could not be found."


class R2InvalidArgument(R2Error):
    """A request that cannot be understood."""

    code = 10029
    text = "Metadata missing or invalid"


class R2PreconditionFailed(R2Error):
    """The condition of a request does not hold."""

    status = 412
    code = 10031
    text = "At least one of the pre-conditions you specified did not hold."


class R2BadDigest(R2Error):
    """What arrived has another checksum than the request says."""

    code = 10037
    text = "The checksum you specified did not match what we received."


class R2InvalidRange(R2Error):
    """A range outside of the object."""

    status = 416
    code = 10039
    text = "The requested range is not satisfiable"


class R2MalformedBody(R2Error):
    """Settings of a bucket in a form that R2 does not know."""

    code = 10040
    text = "The JSON you provided was not well formed."


class R2BadUpload(R2Error):
    """Parts of different sizes."""

    code = 10048
    text = "There was a problem with the multipart upload."


class R2NoCorsPolicy(R2Error):
    """The bucket has no CORS policy."""

    status = 404
    code = 10059
    text = "The CORS configuration does not exist."


class R2NoNotifications(R2Error):
    """The bucket notifies no queue."""

    status = 404
    code = 11015
    text = "The bucket has no event notification configuration."


class R2DomainNotFound(R2Error):
    """The bucket has no custom domain of this name."""

    status = 404
    code = 10007
    text = "The specified custom domain does not exist."
