"""mTLS certificates: `/accounts/{id}/mtls_certificates`. No answer holds a private key."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.certificates.store import MtlsCertificate, MtlsCertificates, NewCertificate
from localedge.wire.envelope import success, success_page
from localedge.wire.errors import BadBody
from localedge.wire.request import as_text, json_object

CERTIFICATES = "/accounts/{account_id}/mtls_certificates"
CERTIFICATE = CERTIFICATES + "/{certificate_id}"


def routes(certificates: MtlsCertificates) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Service(certificates)
    return [
        Route(CERTIFICATES, service.list_certificates, methods=["GET"]),
        Route(CERTIFICATES, service.upload, methods=["POST"]),
        Route(CERTIFICATE, service.read, methods=["GET"]),
        Route(CERTIFICATE, service.delete, methods=["DELETE"]),
    ]


class _Service:
    def __init__(self, certificates: MtlsCertificates) -> None:
        self._certificates = certificates

    async def list_certificates(self, request: Request) -> Response:
        query = request.query_params
        found = [
            _shown(it)
            for it in self._certificates.all(request.path_params["account_id"])
            if query.get("name") in (None, it.name)
            and query.get("ca") in (None, str(it.ca).lower())
        ]
        return success_page(request, found, size=50)

    async def upload(self, request: Request) -> Response:
        body = await json_object(request)
        ca = body.get("ca", False)
        if not isinstance(ca, bool):
            raise BadBody("ca must be true or false.")
        new = NewCertificate(
            as_text(body.get("certificates"), "certificates"),
            _optional(body.get("private_key"), "private_key"),
            _optional(body.get("name"), "name"),
            ca,
        )
        return success(_shown(self._certificates.add(request.path_params["account_id"], new)))

    async def read(self, request: Request) -> Response:
        return success(_shown(self._certificate(request)))

    async def delete(self, request: Request) -> Response:
        certificate = self._certificate(request)
        self._certificates.remove(certificate)
        return success(_shown(certificate))

    def _certificate(self, request: Request) -> MtlsCertificate:
        account = request.path_params["account_id"]
        return self._certificates.require(account, request.path_params["certificate_id"])


def _optional(value: Json, what: str) -> str:
    return as_text(value, what) if value else ""


def _shown(certificate: MtlsCertificate) -> Json:
    return {
        "id": certificate.id,
        "name": certificate.name,
        "ca": certificate.ca,
        "certificates": certificate.certificates,
        "issuer": certificate.issuer,
        "serial_number": certificate.serial_number,
        "signature": certificate.signature,
        "expires_on": certificate.expires_on,
        "uploaded_on": certificate.uploaded_on,
        "updated_at": certificate.uploaded_on,
        "type": "custom",
    }
