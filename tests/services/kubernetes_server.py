"""etcd and kube-apiserver as native programs, with TLS, users with tokens, and RBAC."""

from __future__ import annotations

import base64
import json
import secrets
import shutil
import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests.services import etcd, kubernetes_install
from tests.services.certificates import Authority
from tests.services.etcd import Etcd
from tests.services.kubernetes_namespaces import ADMIN
from tests.services.program import Program
from tests.services.server import Server
from tests.services.waiting import free_ports

USERS: Mapping[str, tuple[str, ...]] = {ADMIN: ("system:masters",), "shardwright": (), "stranger": ()}
"""Who may sign in, with its groups. All but the first may do nothing until a test lets them."""


SERVICE = "10.96.0.1"
"""The address that pods are told, on port 443; ``kubernetes_bridge`` leads from there to the API."""


def absent() -> str | None:
    """Why no API can be started here; None when one can."""
    if shutil.which("openssl") is None:
        return "there is no openssl on the PATH"
    return etcd.absent() or kubernetes_install.absent()


class KubernetesServer(Server):
    """Its objects, keys and tokens are in ``folder``. ``start`` raises RuntimeError when it cannot serve."""

    def __init__(self, folder: Path, users: Mapping[str, tuple[str, ...]] = USERS) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._port = free_ports(1)[0]
        self.url = f"https://127.0.0.1:{self._port}"
        authority = Authority(folder / "keys", "authority")
        self.ca = authority.ca
        self._pair = authority.vouch("kube-apiserver", f"IP:127.0.0.1,DNS:localhost,IP:{SERVICE}")
        self.accounts_key = authority.vouch("accounts", "DNS:accounts").with_suffix(".key")
        self._tokens = {user: secrets.token_hex(16) for user in users}
        self._users = dict(users)
        self._etcd = Etcd(folder / "etcd")
        self.etcd_url = self._etcd.url
        self._program = Program(self._command(), folder)

    def kubeconfig(self, user: str = ADMIN) -> Path:
        """The path of a file with which this user signs in. Raises KeyError when there is no such user."""
        path = self._folder / f"{user}.kubeconfig"
        if not path.exists():
            path.touch(0o600)
            path.write_text(json.dumps(self._kubeconfig(user), indent=1))
        return path

    @property
    def kubelet_pair(self) -> Path:
        """The key and certificate with which a kubelet lets somebody ask it."""
        return self._pair

    def start(self) -> None:
        """Start both and wait until the API is ready."""
        self._write_tokens()
        self._etcd.start()
        self._start()

    def restart(self) -> None:
        self.kill()
        self._start()

    def stop(self) -> None:
        self._program.stop(within=0.5)
        self._etcd.stop()

    def _start(self) -> None:
        self._program.start()
        try:
            self._program.wait_ready(self._serves, 60, "the Kubernetes API is ready")
        except RuntimeError:
            self.stop()
            raise

    def _serves(self) -> bool:
        request = Request(f"{self.url}/readyz", headers={"Authorization": f"Bearer {self._tokens[ADMIN]}"})
        try:
            trusted = ssl.create_default_context(cafile=str(self.ca))
            with urlopen(request, timeout=2, context=trusted) as answer:
                return bool(answer.status == 200)
        except (URLError, TimeoutError, ConnectionError):
            return False

    def _command(self) -> list[str]:
        return [
            str(kubernetes_install.place() / "kube-apiserver"),
            f"--etcd-servers={self._etcd.url}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self._port}",
            # The service "kubernetes" cannot point to a loopback address, and nobody asks for it.
            "--endpoint-reconciler-type=none",
            "--advertise-address=127.0.0.1",
            "--service-cluster-ip-range=10.96.0.0/24",
            f"--tls-cert-file={self._pair}",
            f"--tls-private-key-file={self._pair}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.accounts_key}",
            f"--service-account-signing-key-file={self.accounts_key}",
            # With which it asks a kubelet for the log of a pod.
            f"--kubelet-client-certificate={self._pair}",
            f"--kubelet-client-key={self._pair}",
            "--kubelet-preferred-address-types=InternalIP",
            f"--token-auth-file={self._folder / 'tokens.csv'}",
            "--anonymous-auth=false",
            "--authorization-mode=RBAC",
            "--allow-privileged=true",
            "--shutdown-delay-duration=0s",
            "--profiling=false",
            "--v=0",
        ]

    def _write_tokens(self) -> None:
        path = self._folder / "tokens.csv"
        path.touch(0o600)
        path.write_text(
            "".join(
                f'{self._tokens[user]},{user},{user},"{",".join(groups)}"\n'
                for user, groups in self._users.items()
            )
        )

    def _kubeconfig(self, user: str) -> Mapping[str, object]:
        authority = base64.b64encode(self.ca.read_bytes()).decode()
        cluster = {"server": self.url, "certificate-authority-data": authority}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": self._tokens[user]}}],
            "contexts": [{"name": user, "context": {"cluster": "test", "user": user}}],
            "current-context": user,
        }
