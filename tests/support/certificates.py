# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates for servers on this computer, made when they are needed: none that lies in the repository
could expire there.

Made by the tools' own Python, as no Blender has what makes certificates.
"""

from __future__ import annotations

import datetime
import ipaddress
import subprocess
import sys
from pathlib import Path

NAMES = (
    "authority",  # of studio: PEM
    "authority.der",  # the same in DER
    "other",  # another authority, of no server here
    "trusted",  # of localhost, 127.0.0.1 and ::1, by the authority
    "expired",
    "not_yet",
    "elsewhere",  # of another name
    "own",  # signed by nobody but itself
)
"""Files `NAME.pem`, each with `NAME.key`; that of a server has all but the authority in it."""


def make(folder: Path) -> Path:
    """The folder, with the files of NAMES in it."""
    import environments

    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([environments.python(environments.TOOLS), __file__, folder], check=True)
    return folder


def _write(folder: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    def save(
        file: str,
        subject: str,
        signer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
        *,
        is_authority: bool = False,
        hosts: tuple[str, ...] = (),
        begins: datetime.datetime = now - day,
        ends: datetime.datetime = now + 30 * day,
    ) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(signer[0].subject if signer else name(subject))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        )
        if hosts:
            names = [
                x509.IPAddress(ipaddress.ip_address(host)) if _is_address(host) else x509.DNSName(host)
                for host in hosts
            ]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        made = builder.sign(signer[1] if signer else key, hashes.SHA256())
        pem = made.public_bytes(serialization.Encoding.PEM)
        (folder / f"{file}.pem").write_bytes(pem)
        (folder / f"{file}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return made, key

    here = ("localhost", "127.0.0.1", "::1")
    authority = save("authority", "Studio Authority", None, is_authority=True)
    (folder / "authority.der").write_bytes(authority[0].public_bytes(serialization.Encoding.DER))
    save("other", "Another Authority", None, is_authority=True)
    save("trusted", "here", authority, hosts=here)
    save("expired", "here", authority, hosts=here, begins=now - 9 * day, ends=now - day)
    save("not_yet", "here", authority, hosts=here, begins=now + 9 * day)
    save("elsewhere", "elsewhere.example", authority, hosts=("elsewhere.example",))
    save("own", "here", None, hosts=here)


def _is_address(host: str) -> bool:
    return host[0].isdigit() or ":" in host


if __name__ == "__main__":
    _write(Path(sys.argv[1]))
