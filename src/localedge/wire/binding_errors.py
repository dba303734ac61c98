"""What the Workers API refuses about bindings, Durable Object classes and migrations."""

from localedge.model import Json
from localedge.wire.errors import ApiError


class BindingError(ApiError):
    """A binding that was refused; every one of these is a bad request."""

    status = 400


class UnnamedBinding(BindingError):
    """A binding without a name."""

    code = 10052
    text = "A binding has no name."


class DuplicateBinding(BindingError):
    """Two bindings of one name, a secret and a var included."""

    code = 10053
    text = "Binding name already in use."


class ValueTooLarge(BindingError):
    """The text of a var or of a secret is too long."""

    code = 10054
    text = "Binding value is too large."


class TooManyBindings(BindingError):
    """More vars and secrets than the plan allows."""

    code = 10055
    text = "Too many bindings."


class InvalidInherit(BindingError):
    """An `inherit` that nothing in the latest version answers."""

    code = 10057
    text = "Invalid inherit binding."


class BoundNamespaceNotFound(BindingError):
    """A KV namespace that the account does not have."""

    code = 10041
    text = "KV namespace not found."


class InvalidNamespaceId(BindingError):
    """A KV namespace whose id cannot be one."""

    code = 10042
    text = "KV namespace is not valid."


class BoundDatabaseNotFound(BindingError):
    """A D1 database that the account does not have."""

    code = 10181
    text = "D1 database not found."


class BoundIndexNotFound(BindingError):
    """A Vectorize index that the account does not have."""

    code = 10159
    text = "Vectorize index not found."


class BoundDispatchNamespaceNotFound(BindingError):
    """A dispatch namespace that the account does not have."""

    code = 100119
    text = "Dispatch namespace not found."


class BoundServiceNotFound(BindingError):
    """A service binding to a script that the account does not have."""

    code = 10143
    text = "Service binding references a Worker which was not found."


class BoundBucketNotFound(BindingError):
    """An R2 bucket that the account does not have."""

    code = 10085
    text = "R2 bucket not found. Please use a different name and try again."


class BoundQueueNotFound(BindingError):
    """A queue that the account does not have."""

    code = 11000
    text = "workers.api.error.queue_not_found"


class BoundHyperdriveNotFound(BindingError):
    """A Hyperdrive configuration that the account does not have."""

    code = 10157
    text = "Hyperdrive config not found."


class BoundSecretNotFound(BindingError):
    """A secret of Secrets Store that the account does not have."""

    code = 10182
    text = "Secrets Store binding references a secret which was not found."


class BoundSecretOutOfScope(BindingError):
    """A secret of Secrets Store that Workers may not use."""

    code = 10021
    text = "Secrets store binding authorization failed. Check your permissions and secret scopes."


class TailConsumerNotFound(BindingError):
    """A tail consumer that is no script of the account."""

    code = 10203
    text = "Tail Worker does not exist on this account. Check the Worker name and try again."


class ClassNotConfigured(BindingError):
    """A Durable Object binding to a class that no migration made."""

    code = 10061
    text = "Cannot create binding for a Durable Object class that is not configured."


class LiveClassMissing(BindingError):
    """The new code lacks a class whose objects exist."""

    code = 10064
    text = "New version of script does not export a class that Durable Objects depend on."


class ClassNotExported(BindingError):
    """A migration names a class that the code does not export."""

    code = 10070
    text = "Cannot apply migration to a class that the script does not export."


class MigrationNotApplicable(BindingError):
    """A migration that the script's classes do not allow: a replay, an unknown class."""

    code = 10074
    text = "Cannot apply migration."


class MigrationTagMismatch(BindingError):
    """The migration does not start from the tag at which the script stands."""

    status = 412
    code = 10079
    text = "Migration tag precondition failed."


class MigrationInVersion(BindingError):
    """A version upload must not carry a migration."""

    code = 10211
    text = (
        "Version upload failed. You attempted to upload a version of a Worker that includes a "
        "Durable Object migration, but migrations must be fully applied by running "
        '"wrangler deploy".'
    )


class ExportsRejected(BindingError):
    """The `exports` of an upload do not fit the script's classes; `meta` says what of each."""

    code = 100402
    text = "Durable Object exports reconciliation failed"

    def __init__(self, details: list[dict[str, Json]]) -> None:
        super().__init__()
        self.meta = {"details": details}


class InconsistentExports(BindingError):
    """The versions of a deployment declare different Durable Object exports."""

    code = 100405
    text = "The versions of a deployment must declare the same Durable Object exports."


class BindingDependsOnExport(BindingError):
    """A version binds to a class that is declared in `exports` and not provisioned yet."""

    code = 100406
    text = "A binding references a Durable Object class that is not provisioned yet."


class MigrationAfterExports(BindingError):
    """A migration for a script whose classes are managed by `exports`."""

    code = 10021
    text = (
        "This Worker manages its Durable Object classes with `exports`; it cannot go back to "
        "`migrations`."
    )
