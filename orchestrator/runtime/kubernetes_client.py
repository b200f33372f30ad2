"""The official client, used for what it is good at: credentials and TLS. Bodies go in and out as plain data.

Nothing is sent twice on its own: whoever asked looks what became of the first.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from typing import Any

import urllib3
from kubernetes.client import ApiClient, Configuration
from kubernetes.client.exceptions import OpenApiException
from kubernetes.config import ConfigException, load_incluster_config, load_kube_config
from yaml import YAMLError

from orchestrator.errors import Unavailable
from orchestrator.runtime.kubernetes_options import KubernetesOptions

CONNECT_TIMEOUT_S = 3.0

FAILURES = (urllib3.exceptions.HTTPError, HTTPException, OpenApiException, OSError, ValueError)
"""What a request that got no answer, or half of one, may raise."""

Query = Sequence[tuple[str, str]]


class Client:
    """One set of credentials and its connections. Blocking; any thread. Raises Unavailable."""

    def __init__(self, options: KubernetesOptions) -> None:
        configuration = Configuration()
        # urllib3 would send a DELETE again when its reply was lost, perhaps to what took the name since.
        configuration.retries = False
        configuration.connection_pool_maxsize = options.workers + 1
        configuration.socket_options = _socket_options()
        try:
            if options.kubeconfig is None:
                load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
            else:
                load_kube_config(  # type: ignore[no-untyped-call]
                    config_file=str(options.kubeconfig),
                    context=options.context,
                    client_configuration=configuration,
                    persist_config=False,
                )
            self._api = ApiClient(configuration)
        except (ConfigException, YAMLError, OSError, ValueError, KeyError, TypeError) as exc:
            where = options.kubeconfig or "the service account of this pod"
            raise Unavailable(f"Kubernetes cannot be reached with {where}: {exc}") from exc
        self._connect_s = min(CONNECT_TIMEOUT_S, options.request_timeout_s)

    def send(
        self, method: str, path: str, query: Query, body: Mapping[str, Any] | None, read_s: float
    ) -> urllib3.HTTPResponse:
        """The head of the answer, whatever its status; the rest is to be read by the caller."""
        try:
            request = self._api.param_serialize(
                method,
                path,
                query_params=list(query),
                header_params={"Accept": "application/json, */*", "Content-Type": "application/json"},
                body=body,
                auth_settings=["BearerToken"],
            )
            answer = self._api.call_api(*request, _request_timeout=(self._connect_s, read_s))
        except FAILURES as exc:
            raise no_answer(method, path, exc) from exc
        response: urllib3.HTTPResponse = answer.response
        return response

    def close(self) -> None:
        self._api.close()  # type: ignore[no-untyped-call]


def no_answer(method: str, path: str, exc: Exception) -> Unavailable:
    said = " ".join(str(exc).split()) or type(exc).__name__
    return Unavailable(f"Kubernetes did not answer {method} {path}: {said}")


def _socket_options() -> list[tuple[int, int, int]]:
    """A dead peer is noticed within half a minute, also where nothing is sent."""
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    wanted = (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 30_000))
    for name, value in wanted:
        if hasattr(socket, name):
            options.append((socket.IPPROTO_TCP, getattr(socket, name), value))
    return options
