"""The mTLS certificates of accounts; their private keys leave here for a Worker alone."""

import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from localedge.model import Json
from localedge.state.certificates.x509 import NotACertificate, read_certificate
from localedge.state.database import Database
from localedge.state.timestamps import now
from localedge.wire.resource_errors import (
    CertificateNotFound,
    InvalidCertificate,
    InvalidKeyPair,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS mtls_certificates (
    id TEXT PRIMARY KEY, account_id TEXT NOT NULL, name TEXT NOT NULL, ca INTEGER NOT NULL,
    certificates TEXT NOT NULL, private_key TEXT NOT NULL, issuer TEXT NOT NULL,
    serial_number TEXT NOT NULL, signature TEXT NOT NULL, expires_on TEXT NOT NULL,
    uploaded_on TEXT NOT NULL
);
"""
INSERT = "INSERT INTO mtls_certificates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ALL = "SELECT * FROM mtls_certificates WHERE account_id = ? ORDER BY uploaded_on, id"


@dataclass(frozen=True, slots=True)
class NewCertificate:
    """A certificate, or a chain, to upload; `ca` says that it is an authority's."""

    certificates: str
    private_key: str = ""
    name: str = ""
    ca: bool = False


@dataclass(frozen=True, slots=True)
class MtlsCertificate:
    """One certificate as the API shows it."""

    id: str
    account_id: str
    name: str
    ca: bool
    certificates: str
    issuer: str
    serial_number: str
    signature: str
    expires_on: str
    uploaded_on: str


class MtlsCertificates:
    """The certificates of all accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    def all(self, account_id: str) -> list[MtlsCertificate]:
        """Return an account's certificates, the oldest first."""
        return [_certificate(dict(row)) for row in self._database.all(ALL, (account_id,))]

    def find(self, account_id: str, certificate_id: str) -> MtlsCertificate | None:
        """Return one certificate."""
        return next((it for it in self.all(account_id) if it.id == certificate_id), None)

    def require(self, account_id: str, certificate_id: str) -> MtlsCertificate:
        """Return one certificate; raise `CertificateNotFound` where there is none."""
        found = self.find(account_id, certificate_id)
        if found is None:
            raise CertificateNotFound
        return found

    def add(self, account_id: str, new: NewCertificate) -> MtlsCertificate:
        """Store a certificate; raise when it cannot be read, or has no key that fits.

        An authority's certificate needs no key.
        """
        try:
            fields = read_certificate(new.certificates)
        except NotACertificate:
            raise InvalidCertificate from None
        if new.private_key or not new.ca:
            _check_pair(new, self._database.folder)
        certificate_id = str(uuid4())
        expires_on = fields.expires_on.isoformat().replace("+00:00", "Z")
        row = (
            certificate_id,
            account_id,
            new.name,
            new.ca,
            new.certificates,
            new.private_key,
            fields.issuer,
            fields.serial_number,
            fields.signature,
            expires_on,
            now(),
        )
        self._database.run(INSERT, row)
        return self.require(account_id, certificate_id)

    def remove(self, certificate: MtlsCertificate) -> None:
        """Delete a certificate and its key."""
        self._database.run("DELETE FROM mtls_certificates WHERE id = ?", (certificate.id,))

    def private_key(self, account_id: str, certificate_id: str) -> str:
        """Return the key of a certificate, for a Worker that is bound to it; empty if none."""
        row = self._database.one(
            "SELECT private_key FROM mtls_certificates WHERE account_id = ? AND id = ?",
            (account_id, certificate_id),
        )
        return row["private_key"] if row else ""

    def clear(self) -> None:
        """Forget every certificate of every account."""
        self._database.run("DELETE FROM mtls_certificates")


def _check_pair(new: NewCertificate, folder: Path) -> None:
    """Raise `InvalidKeyPair` where a key is not the certificate's; OpenSSL reads both of a file."""
    with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".pem") as file:
        file.write(f"{new.certificates}\n{new.private_key}\n")
        file.flush()
        try:
            # A key with a password is refused; without this, OpenSSL would ask for the password.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_cert_chain(file.name, password="")
        except (ssl.SSLError, ValueError):
            raise InvalidKeyPair from None


def _certificate(row: dict[str, Json]) -> MtlsCertificate:
    del row["private_key"]
    return MtlsCertificate(**{**row, "ca": bool(row["ca"])})
