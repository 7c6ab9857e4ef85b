"""Certificates for 127.0.0.1, and who vouches for them: made anew in each test."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from tradepods_worker.adapters.clocks import WallClock

LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Issued:
    """Files of one certificate and its key, and the file of who vouches for it."""

    cert: Path
    key: Path
    ca: Path


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _unsigned(subject: str, issuer: str, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = WallClock().now()
    return x509.CertificateBuilder(
        subject_name=_name(subject),
        issuer_name=_name(issuer),
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=now - LASTS,
        not_valid_after=now + LASTS,
    )


def issue(folder: Path, *, passphrase: bytes | None = None) -> Issued:
    """A certificate for 127.0.0.1 by an authority of its own, in these files."""
    folder.mkdir(parents=True, exist_ok=True)
    found = Issued(folder / "tls.crt", folder / "tls.key", folder / "ca.crt")
    authority, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    root = _unsigned("test authority", "test authority", authority.public_key()).add_extension(
        constraints, critical=True
    )
    host = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    leaf = _unsigned("signals", "test authority", own.public_key()).add_extension(host, critical=False)
    found.ca.write_bytes(root.sign(authority, hashes.SHA256()).public_bytes(Encoding.PEM))
    found.cert.write_bytes(leaf.sign(authority, hashes.SHA256()).public_bytes(Encoding.PEM))
    hidden: KeySerializationEncryption = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
    found.key.write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden))
    return found
