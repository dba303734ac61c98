"""What the Workers API refuses about scripts, versions, deployments, secrets and settings."""

from localedge.wire.errors import ApiError, NotFound


class ServiceNotFound(ApiError):
    """`services/{name}` names no script."""

    status = 404
    code = 10090
    text = "workers.api.error.service_not_found"


class EnvironmentNotFound(ApiError):
    """A service has one environment only, `production`."""

    status = 404
    code = 10092
    text = "workers.api.error.environment_not_found"


class VersionNotFound(NotFound):
    """No version of the script has this id."""

    text = "workers.api.error.version_not_found"


class DeploymentNotFound(NotFound):
    """No deployment of the script has this id."""

    text = "workers.api.error.deployment_not_found"


class NoSubdomain(NotFound):
    """The account has not registered a workers.dev subdomain."""

    text = (
        "You need to register a workers.dev subdomain before publishing to workers.dev, "
        "see https://developers.cloudflare.com/workers/configuration/routing/workers-dev/"
    )


class SubdomainTaken(ApiError):
    """Another account has this workers.dev subdomain."""

    status = 409
    code = 10031
    text = "workers.api.error.subdomain_unavailable"


class ScriptExists(ApiError):
    """Another Worker of the account has this name. The code is not documented."""

    status = 409
    code = 10040
    text = "A Worker with this name already exists."


class NoVersions(ApiError):
    """A Worker that was made without code."""

    status = 404
    code = 10222
    text = (
        "This Worker has no versions, which means this Worker has no content or versioned settings."
    )


class InvalidName(ApiError):
    """A script name that Cloudflare does not take."""

    status = 400
    code = 10016
    text = "workers.api.error.invalid_script_name"


class ScriptRejected(ApiError):
    """The upload did not validate: syntax, start-up, missing module, bad binding."""

    status = 400
    code = 10021
    text = "Uncaught Error: the script could not be started."


class ScriptTooLarge(ApiError):
    """The upload is larger than the plan allows."""

    status = 413
    code = 10027
    text = "Your Worker exceeded the size limit."


class NoHandlers(ApiError):
    """The script handles no event and exports no class."""

    status = 400
    code = 10068
    text = (
        "The uploaded script has no registered event handlers. "
        "Learn more about Workers: https://developers.cloudflare.com/workers/"
    )


class InvalidDeployment(ApiError):
    """A deployment of no version, of too many, or of shares that are not 100 percent."""

    status = 400
    code = 10021
    text = "workers.api.error.invalid_deployment"


class UndeployableVersion(ApiError):
    """A version that may not get traffic; changed secrets give way to `force`."""

    status = 400
    code = 10220
    text = "The version cannot be deployed."


class LiveDeployment(ApiError):
    """The deployment in force cannot be deleted."""

    status = 400
    code = 10220
    text = "The active deployment cannot be deleted."


class SettingsOfUndeployed(ApiError):
    """Versioned settings were edited while the latest version is not the one that is live."""

    status = 400
    code = 10214
    text = (
        "Script edit failed. You attempted to deploy the latest version with modified settings, "
        "but the latest version isn't currently deployed. Either upload a new version to edit the "
        "version settings, or use the script-level settings API "
        "(/workers/scripts/{script_name}/script-settings) to modify the "
        '"logpush" and "tail_consumers" settings.'
    )


class SecretOfUndeployed(ApiError):
    """A secret was edited while the latest version is not the one that is live."""

    status = 400
    code = 10215
    text = (
        "Secret edit failed. You attempted to modify a secret, but the latest version of your "
        "Worker isn't currently deployed. Please ensure that the latest version of your Worker is "
        "fully deployed (wrangler versions deploy) before modifying secrets."
    )


class SecretNotFound(ApiError):
    """The script has no secret of this name."""

    status = 404
    code = 10056
    text = "workers.api.error.secret_not_found"


class TooManyCrons(ApiError):
    """More cron schedules than a script may have."""

    status = 400
    code = 10072
    text = "workers.api.error.schedule_limit_reached"


class InvalidCron(ApiError):
    """A schedule that is no cron expression."""

    status = 400
    code = 10100
    text = "workers.api.error.invalid_cron"


class InvalidRoute(ApiError):
    """A route or domain in no zone of the account, or of another script."""

    status = 400
    code = 10022
    text = "workers.api.error.invalid_route"


class RouteTaken(ApiError):
    """Another script holds the same route pattern."""

    status = 409
    code = 10020
    text = "workers.api.error.duplicate_route"


class HostnameTaken(ApiError):
    """The custom domain of another script; `override_existing_origin` takes it over."""

    status = 409
    code = 100116
    text = "Hostname already in use by other custom domain."


class HostnameHasRecords(ApiError):
    """A host that has DNS records which are not a custom domain's."""

    status = 409
    code = 100117
    text = "Hostname already has externally managed DNS records (A, CNAME, etc)."


class StillReferenced(ApiError):
    """Another script depends on the one to be deleted; `force` deletes it all the same."""

    status = 400
    code = 10064
    text = "This Worker cannot be deleted because another Worker depends on it."


class TooManyTails(ApiError):
    """A script that is watched by ten clients already."""

    status = 400
    code = 10059
    text = "This Worker has the most tails that it may have: 10."
