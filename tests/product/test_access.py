"""The accounts of a server that was started for the first time, and what a restart makes of them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from api.app import build_app
from api.options import ApiOptions
from orchestrator.bootstrap.access import opened_access
from orchestrator.clock import SystemClock
from orchestrator.settings import load
from shardwright_client import Client
from tests.api.facade_double import FacadeDouble
from tests.product.conftest import NewProduct

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_the_first_start_makes_one_admin_who_lets_others_in(new_product: NewProduct, tmp_path: Path) -> None:
    product = new_product({"SHARDWRIGHT_ACCESS__MODE": "accounts", "XDG_CONFIG_HOME": str(tmp_path)})
    product.start()
    file = product.data / "admin-password"
    first = file.read_text().strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and len(first) >= 24
    printed = (tmp_path / "product-0" / "stdout").read_text()
    assert f"user  admin, with the password in {file}" in printed
    assert first not in printed + product.said()

    assert product.get("/v1/api/kinds").status == 401
    assert product.get("/metrics").status == product.get("/livez").status == 200
    refused = product.cli("status")
    assert refused.code == 3 and "Traceback" not in refused.err

    admin = Client(product.url).sign_in("admin", first, token_name="test")
    product.environment["SHARDWRIGHT_TOKEN"] = admin["token"]
    made = product.cli("token", "create", "ci", "--grant", "viewer:Thing", "-o", "name")
    assert made.code == 0 and made.out.startswith("swt_"), made.err
    program = Client(product.url, token=made.out.strip())
    assert program.session()["kinds"] == {"Thing": "viewer"}
    listed = product.cli("token", "list")
    assert "viewer:Thing" in listed.out and made.out.strip() not in listed.out
    assert made.out.strip().rpartition("_")[2] not in product.said()

    assert product.stop() == 0
    product.start()
    assert file.read_text().strip() == first
    program = Client(product.url, token=made.out.strip())
    assert program.session()["name"] == "admin/ci"

    recovered = product.cli("user", "recover")
    assert recovered.code == 0, recovered.err
    second = file.read_text().strip()
    assert second != first and second not in recovered.out
    assert Client(product.url).sign_in("admin", second, token_name="again")["owner"] == "admin"
    assert product.stop() == 0


def test_the_first_password_may_be_configured(new_product: NewProduct, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("correct horse battery\n")
    given = {"SHARDWRIGHT_ACCESS__MODE": "accounts", "SHARDWRIGHT_ACCESS__ADMIN_PASSWORD_FILE": str(secret)}
    product = new_product(given)
    product.start()
    assert not (product.data / "admin-password").exists()
    made = Client(product.url).sign_in("admin", "correct horse battery", token_name="test")
    assert made["grants"] == ["admin"]
    assert "correct horse" not in product.said()
    assert product.stop() == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"MODE": "accounts", "ADMIN_PASSWORD": "short"}, "access.admin_password is too weak"),
        ({"MODE": "accounts", "ADMIN_PASSWORD_FILE": "/nowhere"}, "/nowhere cannot be read"),
        ({"MODE": "accounts", "URL": "mysql+pymysql://127.0.0.1/x"}, "the account register is kept in"),
    ],
)
def test_accounts_that_cannot_be_used_are_refused_at_the_start(
    new_product: NewProduct, given: dict[str, str], said: str
) -> None:
    product = new_product({f"SHARDWRIGHT_ACCESS__{name}": value for name, value in given.items()})
    ended = product.cli("run")
    assert ended.code == 1 and said in ended.err, ended.err
    assert "short" not in ended.err


@pytest.mark.parametrize(
    ("host", "wish", "anybody"),
    [
        ("127.0.0.1", None, True),
        ("0.0.0.0", None, False),
        ("0.0.0.0", "open", True),
        ("::1", "viewer", False),
    ],
)
async def test_the_metrics_are_for_anybody_on_loopback_or_as_configured(
    tmp_path: Path, host: str, wish: str | None, anybody: bool
) -> None:
    given = {"data_dir": tmp_path, "api.host": host, "access.metrics": wish}
    async with opened_access(load(None, {}, given), SystemClock(), url="https://h") as access:
        app = build_app(FacadeDouble(), ApiOptions(version="0", monotonic=float), access)
        (route,) = [
            each
            for each in app.router.routes()
            if each.method == "GET" and each.resource and each.resource.canonical == "/metrics"
        ]
        assert access.is_for_everybody(route) is anybody
        assert access.is_secure
