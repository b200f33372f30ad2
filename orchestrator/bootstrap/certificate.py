"""The certificate that the server shows: read at the start, and again when its files change."""

from __future__ import annotations

import ssl
from pathlib import Path

import structlog

from orchestrator.errors import ConfigError
from orchestrator.ports import Clock
from orchestrator.settings.server import ServerTls

log = structlog.get_logger()

LOOK_EVERY_S = 30.0


class ServedCertificate:
    """``context`` serves new connections with what the files held when they were read last."""

    def __init__(self, files: ServerTls) -> None:
        """Raises ConfigError, which names the file that cannot be used."""
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._certificate = files.certificate.expanduser()
        self._key = files.key.expanduser()
        self._read_at = self._stamp()
        try:
            self.context.load_cert_chain(self._certificate, self._key)
            self._shown = self._certificate.read_text()
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"api.tls: certificate {self._certificate} and key {self._key} cannot be used: {error}"
            ) from error

    def own_client(self) -> ssl.SSLContext:
        """For asking ourselves: trusts what we show, by whatever name we are called.

        Not what the file holds by now, which is shown only from the next look on.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=self._shown)
        return context

    async def watch(self, clock: Clock) -> None:
        """Read the files again whenever they change, for ever: certificates are renewed under us."""
        while True:
            await clock.sleep(LOOK_EVERY_S)
            self.look()

    def look(self) -> None:
        """Take what the files hold, if they changed; what cannot be used leaves what is served as it is."""
        found = self._stamp()
        if found == self._read_at:
            return
        # A pair is written file by file: half of it is tried again at the next look.
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self._certificate, self._key)
            self.context.load_cert_chain(self._certificate, self._key)
            self._shown = self._certificate.read_text()
        except (OSError, ValueError) as error:
            log.warning("the new certificate cannot be used", error=str(error))
            return
        self._read_at = found
        log.info("a new certificate is served", certificate=str(self._certificate))

    def _stamp(self) -> tuple[object, ...]:
        return tuple(_written(path) for path in (self._certificate, self._key))


def _written(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
