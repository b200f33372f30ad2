"""An encrypted link as a client: whom it trusts, and with what it proves who it is."""

from __future__ import annotations

import ssl
from pathlib import Path

from orchestrator.errors import Permanent


def client_context(
    ca: Path | None,
    certificate: Path | None,
    key: Path | None,
    key_password: str | None,
    *,
    check_hostname: bool,
) -> ssl.SSLContext:
    """``ca``: the only authority that is trusted, in PEM; None: those of the system.

    Raises Permanent, which names the file that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = check_hostname
    try:
        if ca is None:
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        else:
            context.load_verify_locations(ca)
    except OSError as exc:
        raise Permanent(f"the certificate authority {ca} cannot be used: {exc}") from exc
    try:
        if certificate is not None:
            context.load_cert_chain(certificate, key, key_password)
    except OSError as exc:
        raise Permanent(f"the certificate {certificate} cannot be used: {exc}") from exc
    return context
