"""edgefleet and localedge state Cloudflare's limits and error codes each on its own, and agree."""

import pytest

from edgefleet.cloudflare import error_codes, limits
from edgefleet.config.validation.assets import routing, rule_lines
from edgefleet.config.validation.beside import events
from localedge.control import rate_limit, request_guard
from localedge.state import triggers
from localedge.state.assets import config as assets
from localedge.state.assets import header_rules, manifest, redirect_rules
from localedge.state.queues import rules as queues
from localedge.state.queues.models import WORKER
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
        pytest.param(limits.REQUEST_BODY_BYTES, request_guard.LARGEST_BODY, id="request-body"),
        pytest.param(limits.ASSET_BYTES, manifest.LARGEST_FILE, id="asset"),
        pytest.param(limits.ASSETS_PAID, manifest.MOST_FILES, id="assets"),
        pytest.param(limits.ASSET_RULES["_headers"], header_rules.MOST_RULES, id="header-rules"),
        pytest.param(
            rule_lines.STATIC_REDIRECTS, redirect_rules.MOST_STATIC, id="static-redirects"
        ),
        pytest.param(
            rule_lines.DYNAMIC_REDIRECTS, redirect_rules.MOST_DYNAMIC, id="dynamic-redirects"
        ),
        pytest.param(rule_lines.LONGEST_LINE, header_rules.LONGEST_LINE, id="header-line"),
        pytest.param(rule_lines.LONGEST_LINE, redirect_rules.LONGEST_LINE, id="redirect-line"),
        pytest.param(
            limits.ASSET_RULES["run_worker_first"], assets.MOST_ROUTING_RULES, id="routing-rules"
        ),
        pytest.param(routing.LONGEST_RULE, assets.LONGEST_ROUTING_RULE, id="routing-rule"),
    ],
)
def test_limits_agree(edgefleet: float, localedge: float) -> None:
    assert edgefleet == localedge


@pytest.mark.parametrize(
    ("key", "setting", "unit"),
    [
        ("max_batch_size", "batch_size", 1),
        ("max_batch_timeout", "max_wait_time_ms", 1000),
        ("max_retries", "max_retries", 1),
        ("max_concurrency", "max_concurrency", 1),
        ("retry_delay", "retry_delay", 1),
    ],
)
def test_bounds_of_a_queue_consumer_agree(key: str, setting: str, unit: int) -> None:
    least, most = events.BOUNDS[key]
    assert queues.BOUNDS[WORKER][setting] == (least * unit, most * unit)


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
