"""What the API of Secrets Store refuses.

Codes and texts are those that clients of Cloudflare's API know:
https://github.com/alchemy-run/distilled/tree/main/packages/cloudflare/patches/secrets-store.
"""

from localedge.wire.errors import ApiError


class SecretsStoreError(ApiError):
    """A refusal of Secrets Store."""

    status = 400
    code = 1001


class StoreNotFound(SecretsStoreError):
    """The account has no store of this id."""

    status = 404
    text = "store_not_found"


class StoredSecretNotFound(SecretsStoreError):
    """The store has no secret of this id."""

    status = 404
    text = "secret_not_found"


class InvalidSecret(SecretsStoreError):
    """A field of a secret that is missing or unusable; the text names it."""

    text = "invalid_json_body"


class TooManyStores(SecretsStoreError):
    """An account may have one store."""

    code = 1003
    text = "maximum_stores_exceeded"


class TooManySecrets(SecretsStoreError):
    """An account may have 100 secrets."""

    code = 1003
    text = "maximum_secrets_exceeded"


class SecretNameTaken(SecretsStoreError):
    """The store has a secret of this name already."""

    code = 1003
    text = "secret_name_already_exists"


class StoreNotEmpty(SecretsStoreError):
    """A store that holds secrets is deleted with `force` alone."""

    status = 409
    code = 1003
    text = "store_not_empty"
