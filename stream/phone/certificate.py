"""A certificate made on the spot: browsers give motion to pages of https only. Nobody vouches for it."""

import ipaddress
import os
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hnhar.model.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.x509 import GeneralName

DAYS: Final = 90
"""Days for which one is valid."""


def context(hosts: list[str], folder: str | None = None) -> tuple[ssl.SSLContext, str]:
    """TLS with a certificate for some hosts, and its SHA-256 fingerprint.

    `folder`: holds `certificate.pem` and `key.pem`, which are made there where they are missing (the key with
    mode 0600); None: one that lasts as long as this process, whose key is on no disk afterwards.

    Raises ConfigError.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="hnhar-") as place:
            return made, _load(made, Path(place), hosts)
    return made, _load(made, Path(folder), hosts)


def _load(made: ssl.SSLContext, place: Path, hosts: list[str]) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    certificate, key = place / "certificate.pem", place / "key.pem"
    try:
        if certificate.exists() != key.exists():
            raise ValueError("one of its two files is missing")
        if not key.exists():
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            _make(certificate, key, hosts)
        made.load_cert_chain(certificate, key)
        known = x509.load_pem_x509_certificate(certificate.read_bytes())
        if known.not_valid_after_utc < datetime.now(UTC):
            raise ValueError(f"it was valid until {known.not_valid_after_utc:%Y-%m-%d}")
    except (OSError, ValueError) as error:  # ssl's errors are OSErrors
        raise ConfigError(
            f"the certificate in '{place}' cannot be used: {error}. Give a folder with certificate.pem and "
            "key.pem, or an empty one."
        ) from error
    return known.fingerprint(SHA256()).hex(":").upper()


def _make(certificate: Path, key: Path, hosts: list[str]) -> None:
    """A self-signed certificate for some hosts."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hnhar phone")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName([_named(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, SHA256())
    )
    plain = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(plain)
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))


def _named(host: str) -> "GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
