"""What the Workflows API refuses.

The codes are those that Cloudflare answers to clients, as https://github.com/alchemy-run/distilled
and wrangler know them.
"""

from localedge.wire.errors import ApiError


class WorkflowBodyInvalid(ApiError):
    """The body has another form than the API takes."""

    status = 400
    code = 10002
    text = "workflows.api.error.invalid_body"


class JurisdictionImmutable(ApiError):
    """A workflow that exists cannot move to another jurisdiction."""

    status = 400
    code = 10209
    text = "workflows.api.error.jurisdiction_immutable"


class WorkflowNotFound(ApiError):
    """The account has no workflow of this name."""

    status = 404
    code = 10200
    text = "workflows.api.error.workflow.not_found"


class WorkflowVersionNotFound(ApiError):
    """The workflow has no version of this id."""

    status = 404
    code = 10300
    text = "workflows.api.error.version.not_found"


class InstanceNotFound(ApiError):
    """The workflow has no instance of this id."""

    status = 404
    code = 10400
    text = "workflows.api.error.instance.not_found"


class InstanceExists(ApiError):
    """The workflow has an instance of this id already."""

    status = 400
    code = 10405
    text = "workflows.api.error.instance.already_exists"


class InstanceOperationRefused(ApiError):
    """An instance cannot do this in its status, or the runtime's engine does not know how."""

    status = 400
    code = 10002
    text = "workflows.api.error.instance.invalid_operation"
