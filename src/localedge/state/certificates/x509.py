"""Reads what the API shows of a certificate: issuer, serial number, expiry, signature.

The standard library reads these of a peer's certificate alone, so the few fields are taken from
DER here (RFC 5280, 4.1; X.690, 8).
"""

import binascii
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
UTC_TIME = 0x17
VERSION = 0xA0
LONG_FORM = 0x80
ATTRIBUTES = {
    "2.5.4.3": "CN",
    "2.5.4.11": "OU",
    "2.5.4.10": "O",
    "2.5.4.7": "L",
    "2.5.4.9": "STREET",
    "2.5.4.8": "ST",
    "2.5.4.17": "POSTALCODE",
    "2.5.4.6": "C",
}
"""Parts of a name, in the order in which Cloudflare shows them."""
SIGNATURES = {
    "1.2.840.113549.1.1.5": "SHA1WithRSA",
    "1.2.840.113549.1.1.11": "SHA256WithRSA",
    "1.2.840.113549.1.1.12": "SHA384WithRSA",
    "1.2.840.113549.1.1.13": "SHA512WithRSA",
    "1.2.840.10045.4.3.2": "ECDSAWithSHA256",
    "1.2.840.10045.4.3.3": "ECDSAWithSHA384",
    "1.2.840.10045.4.3.4": "ECDSAWithSHA512",
    "1.3.101.112": "Ed25519",
}


class NotACertificate(Exception):
    """The text holds no certificate that can be read."""


@dataclass(frozen=True, slots=True)
class CertificateFields:
    """What the API shows of a certificate; `serial_number` is decimal."""

    issuer: str
    serial_number: str
    signature: str
    expires_on: datetime


def read_certificate(pem: str) -> CertificateFields:
    """Read the first certificate of a chain; raise `NotACertificate` where there is none."""
    match = PEM.search(pem)
    if match is None:
        raise NotACertificate
    try:
        return _fields(ssl.PEM_cert_to_DER_cert(match[0]))
    except (ValueError, IndexError, StopIteration, binascii.Error) as broken:
        raise NotACertificate from broken


def _fields(der: bytes) -> CertificateFields:
    certificate = next(_elements(der))[1]
    parts = [it for it in _elements(next(_elements(certificate))[1]) if it[0] != VERSION]
    serial, algorithm, issuer, validity = (content for _, content in parts[:4])
    oid = _oid(next(_elements(algorithm))[1])
    _, not_after = _elements(validity)
    return CertificateFields(
        _name(issuer),
        str(int.from_bytes(serial, "big")),
        SIGNATURES.get(oid, oid),
        _time(*not_after),
    )


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of each element; the length stands before the content."""
    position = 0
    while position < len(content):
        tag, length = content[position], content[position + 1]
        position += 2
        if length & LONG_FORM:
            size = length - LONG_FORM
            length = int.from_bytes(content[position : position + size], "big")
            position += size
        if position + length > len(content):
            raise ValueError("the certificate ends too early")
        yield tag, content[position : position + length]
        position += length


def _oid(content: bytes) -> str:
    numbers, value = [content[0] // 40, content[0] % 40], 0
    for byte in content[1:]:
        value = value << 7 | byte & 0x7F
        if not byte & LONG_FORM:
            numbers.append(value)
            value = 0
    return ".".join(map(str, numbers))


def _name(content: bytes) -> str:
    found: list[tuple[str, str]] = []
    for _, part in _elements(content):
        for _, attribute in _elements(part):
            (_, oid), (_, value) = _elements(attribute)
            found.append((_oid(oid), value.decode("utf-8", "replace")))
    order = list(ATTRIBUTES)
    found.sort(key=lambda it: order.index(it[0]) if it[0] in ATTRIBUTES else len(order))
    return ",".join(f"{ATTRIBUTES.get(oid, oid)}={value}" for oid, value in found)


def _time(tag: int, content: bytes) -> datetime:
    """Return a time; one with a year of two digits is from 1950 to 2049."""
    text = content.decode("ascii")
    if tag == UTC_TIME:
        text = ("19" if text >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
