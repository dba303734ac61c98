"""Cloudflare's limits, each with the page that states it, as of November 2026.

The page of Workers' limits writes KB and MB for 1,024 and 1,048,576 bytes: wrangler compares a
Worker with 3 * 1024 * 1024 bytes where the page says 3 MB, and the size of a var, 5 KB there, was
announced as 5 KiB.
"""

KIB = 1024
MIB = 1024 * KIB

API_REQUESTS = 1200
API_WINDOW_SECONDS = 300.0
"""Requests that one user, or one token of an account, may make in so many seconds.

Cloudflare refuses every request of the next window after that:
https://developers.cloudflare.com/fundamentals/api/reference/limits/
"""

DEPLOYABLE_VERSIONS = 100
"""How many versions, counted from the newest one, may get traffic.

https://developers.cloudflare.com/workers/configuration/versions-and-deployments/rollbacks/
"""

MESSAGE_BYTES = 1000
"""Length of the `workers/message` of a version or deployment; Cloudflare cuts what is longer.

https://developers.cloudflare.com/api/resources/workers/subresources/scripts/
"""

SCRIPT_NAME_CHARACTERS = 63
"""A script's name is one label of a host name where the script is on workers.dev.

https://developers.cloudflare.com/workers/configuration/routing/workers-dev/
"""

VAR_BYTES = 5 * KIB
"""Size of a var, on every plan; that which carries settings is a var, too.

https://developers.cloudflare.com/workers/platform/limits/#environment-variables
"""
VARS_FREE = 64
VARS_PAID = 128
"""Vars of a Worker: https://developers.cloudflare.com/workers/platform/limits/#environment-variables
"""

GZIP_BYTES_FREE = 3 * MIB
GZIP_BYTES_PAID = 10 * MIB
"""Size of a Worker's modules after compression.

https://developers.cloudflare.com/workers/platform/limits/#worker-size
"""
STARTUP_MS = 1000.0
"""CPU time in which a Worker's global scope must be parsed and run.

https://developers.cloudflare.com/workers/platform/limits/#worker-startup-time
"""

REQUEST_BODY_BYTES = 100 * MIB
"""Size of a request's body on the smallest plan of a zone.

https://developers.cloudflare.com/workers/platform/limits/#request-limits
"""

SCRIPTS_FREE = 100
SCRIPTS_PAID = 500
CRONS_FREE = 5
CRONS_PAID = 250
"""Scripts and cron triggers of an account.

https://developers.cloudflare.com/workers/platform/limits/#account-plan-limits
"""

CPU_MS_PAID = 300_000
SUBREQUESTS_FREE = 50
SUBREQUESTS_PAID = 10_000
"""What `limits` may ask for: CPU time of a request, which the free plan does not let you set, and
requests that a request may make.

https://developers.cloudflare.com/workers/platform/limits/#account-plan-limits
"""
ZONE_ROUTES = 1_000
ZONE_DOMAINS = 100
"""Routes and custom domains of a zone.

https://developers.cloudflare.com/workers/platform/limits/#routes-and-domains
"""

ASSET_BYTES = 25 * MIB
ASSETS_FREE = 20_000
ASSETS_PAID = 100_000
"""Size of a static asset, and how many files a version may have.

https://developers.cloudflare.com/workers/platform/limits/#static-assets
"""
ASSET_RULES = {"_headers": 100, "_redirects": 2_100, "run_worker_first": 100}
"""Rules of a version's assets; of redirects 2,000 are static, and 100 have placeholders.

https://developers.cloudflare.com/workers/platform/limits/#static-assets
"""
