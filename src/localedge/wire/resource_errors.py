"""What the APIs of Hyperdrive, mTLS certificates and Agent Memory refuse.

Codes of Hyperdrive: https://github.com/alchemy-run/distilled/tree/main/packages/cloudflare/patches.
Cloudflare has not published the codes of the other two; wrangler goes by the HTTP status. 2200 is
what a custom certificate has for a pair that is none
(https://developers.cloudflare.com/ssl/edge-certificates/custom-certificates/troubleshooting/).
"""

from localedge.wire.errors import ApiError


class HyperdriveNotFound(ApiError):
    """The account has no Hyperdrive configuration of this id."""

    status = 404
    code = 2006
    text = "Hyperdrive config not found."


class InvalidHyperdriveConfig(ApiError):
    """A Hyperdrive configuration that lacks something; the text names it."""

    status = 400
    code = 2007
    text = "Invalid Hyperdrive config."


class HyperdriveExists(ApiError):
    """Another Hyperdrive configuration of the account has this name."""

    status = 409
    code = 2017
    text = "A Hyperdrive config with the given name already exists."


class PrivateHostNotAllowed(ApiError):
    """The origin of a Hyperdrive configuration is on this machine or in a private network."""

    status = 400
    code = 2009
    text = (
        "The host of the origin is private: localedge connects Workers to it if it is started with "
        "--allow-network and its address (for a database on this machine 127.0.0.1/32)."
    )


class DispatchNamespaceNotFound(ApiError):
    """The account has no dispatch namespace of this name."""

    status = 404
    code = 100119
    text = "workers.api.error.dispatch_namespace_not_found"


class DispatchNamespaceExists(ApiError):
    """The account has a dispatch namespace of this name already."""

    status = 409
    code = 100120
    text = "A dispatch namespace with this name already exists."


class InvalidDispatchNamespace(ApiError):
    """A name is 1 to 63 letters, digits, dashes and underscores."""

    status = 400
    code = 100121
    text = "A dispatch namespace's name has 1 to 63 letters, digits, dashes and underscores."


class DispatchNamespaceNotEmpty(ApiError):
    """A namespace that holds scripts keeps its name."""

    status = 409
    code = 100122
    text = "localedge renames a dispatch namespace that holds no script only."


class MemoryNamespaceNotFound(ApiError):
    """The account has no Agent Memory namespace of this name."""

    status = 404
    code = 7404
    text = "The Agent Memory namespace could not be found."


class MemoryNamespaceExists(ApiError):
    """The account has an Agent Memory namespace of this name already."""

    status = 409
    code = 7409
    text = "An Agent Memory namespace with this name already exists."


class InvalidMemoryNamespace(ApiError):
    """A name is 1 to 32 letters, digits and, between them, dashes."""

    status = 400
    code = 7400
    text = "A namespace's name has 1 to 32 letters, digits and, between them, hyphens."


class CertificateNotFound(ApiError):
    """The account has no certificate of this id."""

    status = 404
    code = 7003
    text = "Could not route to the certificate, perhaps your object identifier is invalid?"


class InvalidCertificate(ApiError):
    """What was uploaded is no certificate in PEM."""

    status = 400
    code = 2200
    text = "Unable to parse certificate"


class InvalidKeyPair(ApiError):
    """A private key that is missing, broken, or another certificate's."""

    status = 400
    code = 2200
    text = "The certificate and private key pair you uploaded is invalid."
