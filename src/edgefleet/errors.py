"""Every error of edgefleet and the exit code that it ends with.

    EdgefleetError                       1   a fault in edgefleet itself
    |-- UnexpectedError                  1   a fault during a change, after which it was undone
    |-- UsageError                       2   wrong usage: unknown command, option or tenant
    |   |-- TargetHeld                       deploy.checks.holds
    |   |-- BuildRefused                     build.build
    |   |-- NotBuilt                         build.built
    |   `-- NameTaken                        cloudflare.creation.client
    |-- ChangesFound                     3   drift found, changes pending
    |-- ConfigError                      4   invalid configuration
    |-- CredentialError                  5   credentials missing, refused, or of another account
    |   |-- ForeignSecret                    health.expected
    |   `-- GitHubRefused                    github.responses
    |-- ExternalError                    6   an external service or program failed
    |   |-- CloudflareError                  Cloudflare or wrangler failed
    |   |   |-- ApiError                     cloudflare.envelope
    |   |   |-- WranglerError                build.wrangler
    |   |   `-- GitRemoteError               locks.refs
    |   |-- GitHubError                      github.responses
    |   |-- BuildFailed                      build.own_command.commands
    |   |-- ProgramMissing                   core.process
    |   |-- SetupFailed                      toolchain.install
    |   `-- SharedLockUnavailable            locks.refs
    |-- UnhealthyError                   7   unhealthy after the deploy
    |   |-- CanaryWorse                      deploy.canaries.verdicts
    |   `-- SmokeFailedError                 fleet.smoke
    |-- RestoreError                     8   the previous state could not be restored
    |-- TargetBusyError                  9   another run holds the target
    |   `-- LockLost                         locks.lease
    |-- FleetError                      10   part of a fleet failed
    |-- TooLittleTraffic                11   traffic could not judge a canary in time
    |   |-- CanaryExpired                    deploy.canaries.verdicts
    |   `-- CanaryAborted                    underway.ends
    |-- EvidenceFailed                  12   the source of evidence of a canary failed
    `-- Interrupted                    130   interrupted; the record says what was reached

One rule: a class with its own exit code stands here. A package that needs more detail
declares a subclass of one of these beside the code that raises it, and inherits the exit code.

A message says what is wrong and where; the hint is the next command.
"""

from enum import IntEnum
from typing import Self


class ExitCode(IntEnum):
    """The public exit codes (docs/reference/exit-codes.md is generated from this)."""

    OK = 0
    FAULT = 1
    USAGE = 2
    CHANGES = 3
    CONFIG = 4
    CREDENTIALS = 5
    EXTERNAL = 6
    UNHEALTHY = 7
    RESTORE_FAILED = 8
    BUSY = 9
    FLEET = 10
    TOO_LITTLE_TRAFFIC = 11
    SOURCE_FAILED = 12
    INTERRUPTED = 130


class EdgefleetError(Exception):
    """A fault in edgefleet itself: please report it."""

    exit_code = ExitCode.FAULT
    code = "fault"
    said = False
    """Whether the command has printed the message and the hint already."""

    def __init__(
        self, message: str, *, hint: str = "", code: str = "", interrupted: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.interrupted = interrupted
        """Whether a signal arrived during the restore, which finished first: begin no other."""
        if code:
            self.code = code

    def amended(
        self,
        *,
        message: str | None = None,
        hint: str | None = None,
        interrupted: bool | None = None,
    ) -> Self:
        """Return a copy with another message, hint or `interrupted`; raise it from this error."""
        copy = type(self).__new__(type(self), self.message if message is None else message)
        copy.__dict__.update(self.__dict__)
        copy.message = str(copy)
        copy.hint = self.hint if hint is None else hint
        copy.interrupted = self.interrupted if interrupted is None else interrupted
        return copy


class UnexpectedError(EdgefleetError):
    """A fault of edgefleet's or of this machine ended a change, and the target was restored.

    `cause` is what was raised first, `state` says what is live now.
    """

    def __init__(self, cause: Exception, state: str, *, interrupted: bool = False) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}; {state}", interrupted=interrupted)
        self.cause = cause
        self.state = state


class UsageError(EdgefleetError):
    """Wrong usage: an unknown tenant or environment, options that do not go together."""

    exit_code = ExitCode.USAGE
    code = "usage"


class ChangesFound(EdgefleetError):
    """Drift found, or changes pending, in a command that reports them by its exit code."""

    exit_code = ExitCode.CHANGES
    code = "changes"


class ConfigError(EdgefleetError):
    """Invalid configuration; the findings have been reported."""

    exit_code = ExitCode.CONFIG
    code = "config"


class CredentialError(EdgefleetError):
    """A token is missing, refused, another account's or lacks a permission; nothing was changed."""

    exit_code = ExitCode.CREDENTIALS
    code = "credentials"


class ExternalError(EdgefleetError):
    """An external service or program failed; the target is as it was."""

    exit_code = ExitCode.EXTERNAL
    code = "external"


class CloudflareError(ExternalError):
    """Cloudflare or wrangler failed; the target is as it was."""

    code = "cloudflare"


class UnhealthyError(EdgefleetError):
    """The Worker is unhealthy; a deploy or rollback has restored the previous state."""

    exit_code = ExitCode.UNHEALTHY
    code = "unhealthy"


class RestoreError(EdgefleetError):
    """The previous state could not be restored: a person is needed."""

    exit_code = ExitCode.RESTORE_FAILED
    code = "restore_failed"


class TargetBusyError(EdgefleetError):
    """Another run holds the target."""

    exit_code = ExitCode.BUSY
    code = "busy"


class FleetError(EdgefleetError):
    """Some targets of a fleet failed; the summary names them."""

    exit_code = ExitCode.FLEET
    code = "fleet"


class TooLittleTraffic(EdgefleetError):
    """Too little traffic to judge a canary, or its deadline: it is paused, or was restored."""

    exit_code = ExitCode.TOO_LITTLE_TRAFFIC
    code = "too_little_traffic"


class EvidenceFailed(EdgefleetError):
    """What counts requests and errors for a canary failed: it is paused, or was restored."""

    exit_code = ExitCode.SOURCE_FAILED
    code = "source_failed"


class Interrupted(EdgefleetError):
    """A signal ended the run; the record says what was reached."""

    exit_code = ExitCode.INTERRUPTED
    code = "interrupted"
