"""Error codes of Workers AI and AI Gateway."""

from localedge.wire.errors import ApiError


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
    """The account has no gateway of this id. The code is not documented, only the status."""

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
