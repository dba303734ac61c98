"""What the Workers API refuses about static assets.

Of the codes, 10304 (a path without its slash) and 100324 (`_headers`, `_redirects`) are seen in
Cloudflare's public answers; Cloudflare documents no others, so that the rest take the code that
the API has for the same kind of fault elsewhere.
"""

from localedge.wire.errors import ApiError


class InvalidManifest(ApiError):
    """A manifest of files that Cloudflare would not take."""

    status = 400
    code = 10304
    text = "Invalid asset manifest."


class InvalidAssetUpload(ApiError):
    """An upload of files that the session did not ask for, or that are not what it asked for."""

    status = 400
    code = 10026
    text = "Invalid asset upload."


class InvalidAssetToken(ApiError):
    """A token of an upload session that is forged, too old, or for another purpose."""

    status = 401
    code = 10000
    text = "Authentication error"


class InvalidAssets(ApiError):
    """`metadata.assets` of an upload that cannot be: no token, a bad one, a bad setting."""

    status = 400
    code = 10021
    text = "Invalid assets."


class InvalidAssetRules(ApiError):
    """A `_headers` or `_redirects` file with a line that means nothing."""

    status = 400
    code = 100324
    text = "Invalid _redirects configuration."
