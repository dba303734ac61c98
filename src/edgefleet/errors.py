"""Every error of the product and the exit code that it ends with.

    EdgefleetError                1   a fault in edgefleet itself
    |-- UsageError                2   wrong usage: unknown command, option, tenant or environment
    |-- ChangesFound              3   drift found, changes pending
    |-- ConfigError               4   invalid configuration
    |-- CredentialError           5   credentials missing, refused, or of another account
    |-- CloudflareError           6   Cloudflare or wrangler failed; the target is as it was
    |-- UnhealthyError            7   unhealthy after the deploy; the previous state is restored
    |-- RestoreError              8   restore failed: a person is needed
    |-- TargetBusyError           9   another deployment holds the target
    |-- FleetError               10   part of a fleet failed
    `-- Interrupted             130   interrupted; the record says what was reached

A message says what is wrong and where; the hint says what to do now.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """The public exit codes (docs/reference/exit-codes.md is generated from this)."""

    OK = 0
    FAULT = 1
    USAGE = 2
    CHANGES = 3
    CONFIG = 4
    CREDENTIALS = 5
    CLOUDFLARE = 6
    UNHEALTHY = 7
    RESTORE_FAILED = 8
    BUSY = 9
    FLEET = 10
    INTERRUPTED = 130


class EdgefleetError(Exception):
    """A fault in edgefleet itself: please report it."""

    exit_code = ExitCode.FAULT
    code = "fault"
    interrupted = False
    """Whether somebody wanted to stop while what was before was put back, which goes on first."""
    said = False
    """Whether the command printed it already, with its hint."""

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code:
            self.code = code


class UsageError(EdgefleetError):
    """Wrong usage: an unknown tenant or environment, options that do not go together."""

    exit_code = ExitCode.USAGE
    code = "usage"


class ChangesFound(EdgefleetError):
    """Drift found, or changes pending where the caller asked to be told by exit code."""

    exit_code = ExitCode.CHANGES
    code = "changes"


class ConfigError(EdgefleetError):
    """Invalid configuration; the findings have been reported."""

    exit_code = ExitCode.CONFIG
    code = "config"


class CredentialError(EdgefleetError):
    """A token is missing, refused, or opens another account; nothing was touched."""

    exit_code = ExitCode.CREDENTIALS
    code = "credentials"


class CloudflareError(EdgefleetError):
    """Cloudflare or wrangler failed; the target is as it was."""

    exit_code = ExitCode.CLOUDFLARE
    code = "cloudflare"


class UnhealthyError(EdgefleetError):
    """The Worker did not prove itself healthy."""

    exit_code = ExitCode.UNHEALTHY
    code = "unhealthy"


class RestoreError(EdgefleetError):
    """The previous state could not be restored: a person is needed."""

    exit_code = ExitCode.RESTORE_FAILED
    code = "restore_failed"


class TargetBusyError(EdgefleetError):
    """Another deployment holds the target."""

    exit_code = ExitCode.BUSY
    code = "busy"


class FleetError(EdgefleetError):
    """Part of a fleet failed; the summary names which."""

    exit_code = ExitCode.FLEET
    code = "fleet"


class Interrupted(EdgefleetError):
    """A signal ended the run; the record says what was reached."""

    exit_code = ExitCode.INTERRUPTED
    code = "interrupted"
