"""The rule against secrets in the files of a tenant."""

from edgefleet.config.reading.rule import Problem, Rule, Severity
from edgefleet.core.secret_scanner import PossibleSecret

SECRET_IN_FILE = Rule(
    code="secret-in-file",
    means="A file under tenants/ holds what looks like a token, a private key or a password. "
    "Everyone who can read the repository can read it. Digests of keys, account ids "
    "and ids of resources are not secrets. In .dev.vars, which git ignores, it is a warning.",
    example='"vars": { "UPSTREAM_TOKEN": "<40 random characters>" }',
    fix="revoke it now, remove it here, and set a new one with 'npx wrangler secret put NAME "
    "--name SCRIPT'",
)
RULES = (SECRET_IN_FILE,)


def secret_problem(file: str, secret: PossibleSecret) -> Problem:
    """Return the problem of a possible secret, without its text."""
    ignored = file.rsplit("/", 1)[-1].startswith(".dev.vars")
    severity = Severity.WARNING if ignored else Severity.ERROR
    action = "never commit this file" if ignored else ""
    message = f"this looks like {secret.what}"
    return SECRET_IN_FILE.broken(file, secret.offset, message, action=action, severity=severity)
