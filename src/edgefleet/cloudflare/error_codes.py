"""Cloudflare's error codes that edgefleet branches on: `errors[].code` of an API response.

Cloudflare publishes no complete list. Codes of the Workers API stand in wrangler's source
(https://github.com/cloudflare/workers-sdk/tree/main/packages/wrangler/src); others are what the
API answers. Branch on a code, never on a message: Cloudflare changes the texts.
"""

INVALID_TOKEN = 1000
"""/user/tokens/verify does not know the token; Cloudflare says so of an account's own, too."""

AUTHENTICATION = 10000
"""The token may not do this."""

OF_THE_ACCOUNT = frozenset({10015, 10034, 10037, 10075})
"""With status 403 for another reason than the token: what the account has not bought, or has too
many of, or an address that was not verified.
"""

NO_ROUTE = 7003
"""The API has no such path, or takes what stands there for no identifier: it says both alike."""

HYPERDRIVE_NOT_FOUND = 2006
BUCKET_NOT_FOUND = 10006
"""R2's; the Workers API uses the same number for a script that cannot be parsed."""

SUBDOMAIN_UNAVAILABLE = 10031
"""Another account has this name below workers.dev."""

WORKER_NOT_FOUND = 10007
"""There is no such script, version, deployment or workers.dev subdomain."""
SERVICE_NOT_FOUND = 10090
"""There is no such script, said by /workers/services."""
NO_SUCH_SCRIPT = (WORKER_NOT_FOUND, SERVICE_NOT_FOUND)

D1_NOT_FOUND = 7404
WORKFLOW_NOT_FOUND = 10200

MIGRATION_REFUSED = 10074
"""A Durable Object migration was applied before, or names a class that is not there."""

SETTINGS_NOT_LIVE = 10214
"""Settings of a version cannot be edited while the newest version is not the live one."""
SECRET_NOT_LIVE = 10215
"""A secret cannot be edited while the newest version is not the live one."""

VERSION_NOT_DEPLOYABLE = 10220
"""The version may not get traffic: it is too old, or secrets have changed since (see `force`)."""

HOST_HAS_DNS_RECORD = 100117
"""The host of a custom domain has a DNS record that was made by hand."""
