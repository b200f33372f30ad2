"""Whether the server of this container answers: exit code 0 when it does, else 1 with the reason.

It is asked at the address that the configuration gives, as the server reads it: ``SHARDWRIGHT_CONFIG``, else
``config.yaml`` of the working directory, and the environment.
"""

from __future__ import annotations

import json
import os
import ssl
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from orchestrator.errors import ConfigError
from orchestrator.settings import Settings, load

WITHIN_S = 5.0


def main() -> int:
    try:
        settings = _settings()
        url = settings.listened_url(_port(settings)) + "/livez"
        _ask(url)
    except (ConfigError, OSError, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        sys.stderr.write(f"the server does not answer: {reason}\n")
        return 1
    return 0


def _settings() -> Settings:
    usual = Path("config.yaml")
    given = os.environ.get("SHARDWRIGHT_CONFIG")
    return load(Path(given) if given else usual if usual.exists() else None, os.environ)


def _port(settings: Settings) -> int:
    """The configured one, or the one that was found free."""
    if settings.api.port:
        return settings.api.port
    return int(json.loads(settings.server_file.read_text(encoding="utf-8"))["port"])


def _ask(url: str) -> None:
    # The certificate names the server as others call it. The question holds no secret, and stays in here.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    asking = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
    with asking.open(url, timeout=WITHIN_S):
        pass


if __name__ == "__main__":
    sys.exit(main())
