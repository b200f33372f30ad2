"""An operator's hand in Kubernetes: plain HTTP of its own, so that no adapter knows of what it does."""

from __future__ import annotations

import base64
import json
import ssl
import tempfile
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import yaml

Object = dict[str, Any]


class Operator:
    """Speaks as the user of a kubeconfig file. What the API refuses is raised as urllib's HTTPError."""

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        chosen = _named(config["contexts"], config["current-context"])["context"]
        cluster = _named(config["clusters"], chosen["cluster"])["cluster"]
        user = _named(config["users"], chosen["user"])["user"]
        self.url: str = cluster["server"]
        self._token = user.get("token", "")
        self._tls = ssl.create_default_context(cadata=_content(cluster, "certificate-authority").decode())
        if (certificate := _content(user, "client-certificate")) and (key := _content(user, "client-key")):
            with tempfile.NamedTemporaryFile(prefix="client-", suffix=".pem") as both:
                both.write(key + b"\n" + certificate)
                both.flush()
                self._tls.load_cert_chain(both.name)

    def get(self, path: str) -> Object:
        """``path`` from the root, such as ``/api/v1/namespaces/one/pods``."""
        return self.ask("GET", path)

    def find(self, path: str) -> Object | None:
        """As ``get``; None when there is no such object."""
        try:
            return self.get(path)
        except HTTPError as exc:
            if exc.code != 404:
                raise
            return None

    def create(self, path: str, body: Object) -> Object:
        return self.ask("POST", path, body)

    def delete(self, path: str, *, grace: int | None = None) -> Object:
        """``grace``: seconds that a pod may take to end; 0 removes the object at once. Absent is fine."""
        try:
            return self.ask("DELETE", path, {} if grace is None else {"gracePeriodSeconds": grace})
        except HTTPError as exc:
            if exc.code != 404:
                raise
            return {}

    def text(self, path: str) -> str:
        """What is not JSON: the log of a pod, an answer of ``/readyz``."""
        with self._open("GET", path, None) as answer:
            return bytes(answer.read()).decode(errors="replace")

    def ask(
        self, method: str, path: str, body: Object | None = None, kind: str = "application/json"
    ) -> Object:
        """``kind``: the media type of the body, which a PATCH must name."""
        with self._open(method, path, body, kind) as answer:
            found: Object = json.load(answer)
            return found

    def _open(self, method: str, path: str, body: Object | None, kind: str = "application/json") -> Any:
        headers = {"Accept": "application/json, */*", "Content-Type": kind}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data=data, headers=headers, method=method)
        return urlopen(request, timeout=10, context=self._tls)


def _named(entries: list[Object], name: str) -> Object:
    return next(entry for entry in entries if entry["name"] == name)


def _content(section: Object, name: str) -> bytes:
    if inline := section.get(f"{name}-data"):
        return base64.b64decode(inline)
    return Path(section[name]).read_bytes() if name in section else b""
