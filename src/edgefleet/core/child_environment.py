"""What a program that edgefleet starts gets of its environment: what it needs, and no secret.

A shell, or a job of GitHub Actions, may hold the tokens of every tenant. git runs filters and
hooks of the repository, and localedge serves Workers: neither has any business with them.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase

COMMON = (
    *"PATH LANG LC_* TZ TMPDIR SYSTEMROOT".split(),
    *"HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy".split(),
    *"NODE_EXTRA_CA_CERTS SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE".split(),
)
"""How to find programs, speak to people and reach the network."""

GIT = (
    *"HOME XDG_CONFIG_HOME USER LOGNAME EMAIL GIT_*".split(),
    *"GNUPGHOME GPG_TTY SSH_AUTH_SOCK".split(),
)
"""Where git's settings are, and whose commits it makes; what may sign a tag."""

LOCALEDGE = ("HOME", "LOCALEDGE_*")
"""Where it finds what it serves with."""


def child_environment(environ: Mapping[str, str], *more: str) -> dict[str, str]:
    """Return the variables that every child gets, and those of these names or patterns."""
    wanted = (*COMMON, *more)
    return {
        name: value
        for name, value in environ.items()
        if any(fnmatchcase(name, pattern) for pattern in wanted)
    }
