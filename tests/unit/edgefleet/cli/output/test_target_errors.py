"""The summary of a command's errors over many targets."""

import pytest

from edgefleet.cli.output.target_errors import CHECK, TargetErrors, target_errors
from edgefleet.config.target import STAGING, Target
from edgefleet.errors import CredentialError, ExternalError, UnhealthyError


def target(tenant: str) -> Target:
    return Target(tenant=tenant, environment=STAGING)


def test_summary_ends_the_output_and_first_error_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = CredentialError("there is no token", hint="set TOKEN")

    def work() -> None:
        with target_errors() as errors:
            errors.add(target("alder"), CHECK, first)
            errors.add(target("birch"), CHECK, ExternalError("HTTP 500", hint="edgefleet plan"))
            refused = CredentialError("it is refused", hint="set TOKEN")
            errors.add(target("cedar"), "repair", refused)
            assert capsys.readouterr().err == ""

    with pytest.raises(CredentialError) as caught:
        work()
    assert caught.value is first
    assert first.said  # not printed again when the command ends
    assert capsys.readouterr().err.splitlines() == [
        "error: alder-staging: could not check: there is no token",
        "error: cedar-staging: could not repair: it is refused",
        "  -> set TOKEN",
        "error: birch-staging: could not check: HTTP 500",
        "  -> edgefleet plan",
    ]


def test_json_has_the_targets_that_were_not_checked() -> None:
    errors = TargetErrors()
    errors.add(target("alder"), CHECK, ExternalError("HTTP 500", hint="try again"))
    errors.add(target("birch"), "repair", ExternalError("HTTP 500"))
    (entry,) = errors.json()
    assert (entry["tenant"], entry["state"]) == ("alder", "unknown")
    assert entry["error"] == {
        "code": "external",
        "message": "HTTP 500",
        "hint": "try again",
        "exit_code": 6,
    }


def test_an_error_that_ends_the_command_follows_the_summary(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def work() -> None:
        with target_errors() as errors:
            errors.add(target("alder"), CHECK, ExternalError("HTTP 500"))
            raise UnhealthyError("not healthy: birch-staging")

    with pytest.raises(UnhealthyError):
        work()
    assert capsys.readouterr().err == "error: alder-staging: could not check: HTTP 500\n"


def test_without_errors_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with target_errors() as errors:
        pass
    assert (len(errors), capsys.readouterr().err) == (0, "")
