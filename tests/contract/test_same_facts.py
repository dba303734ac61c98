"""edgefleet and localedge state Cloudflare's limits and error codes each on its own, and agree."""

import pytest

from edgefleet.cloudflare import error_codes, limits
from localedge.control import rate_limit
from localedge.state import triggers
from localedge.state.rules import bindings, deployments, metadata
from localedge.state.rules import limits as sizes
from localedge.wire import binding_errors, errors, script_errors


@pytest.mark.parametrize(
    ("edgefleet", "localedge"),
    [
        pytest.param(limits.API_REQUESTS, rate_limit.QUOTA, id="api-requests"),
        pytest.param(limits.API_WINDOW_SECONDS, rate_limit.WINDOW_SECONDS, id="api-window"),
        pytest.param(
            limits.DEPLOYABLE_VERSIONS, deployments.DEPLOYABLE_VERSIONS, id="deployable-versions"
        ),
        pytest.param(limits.MESSAGE_BYTES, metadata.LONGEST_MESSAGE, id="message"),
        pytest.param(limits.SCRIPT_NAME_CHARACTERS, sizes.LONGEST_NAME, id="script-name"),
        pytest.param(limits.VAR_BYTES, bindings.LONGEST_VALUE, id="var"),
        pytest.param(limits.VARS_PAID, bindings.MOST_VALUES, id="vars"),
        pytest.param(limits.GZIP_BYTES_PAID, sizes.LARGEST_COMPRESSED, id="compressed-worker"),
        pytest.param(limits.CRONS_PAID, triggers.MOST_CRONS, id="cron-triggers"),
    ],
)
def test_limits_agree(edgefleet: float, localedge: float) -> None:
    assert edgefleet == localedge


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (error_codes.INVALID_TOKEN, errors.InvalidToken),
        (error_codes.AUTHENTICATION, errors.AuthenticationError),
        (error_codes.WORKER_NOT_FOUND, errors.NotFound),
        (error_codes.SERVICE_NOT_FOUND, script_errors.ServiceNotFound),
        (error_codes.MIGRATION_REFUSED, binding_errors.MigrationNotApplicable),
        (error_codes.SETTINGS_NOT_LIVE, script_errors.SettingsOfUndeployed),
        (error_codes.SECRET_NOT_LIVE, script_errors.SecretOfUndeployed),
        (error_codes.VERSION_NOT_DEPLOYABLE, script_errors.UndeployableVersion),
        (error_codes.HOST_HAS_DNS_RECORD, script_errors.HostnameHasRecords),
    ],
)
def test_error_codes_agree(code: int, answer: type[errors.ApiError]) -> None:
    assert code == answer.code
