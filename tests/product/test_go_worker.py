"""A kind whose workers are written in Go, beside one whose workers link with the SDK."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.product.conftest import NewProduct
from tests.product.processes import end, until
from tests.services.go_worker import go_worker


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_workers_in_go_serve_move_and_are_replaced_like_those_of_the_sdk(
    new_product: NewProduct, tmp_path: Path
) -> None:
    program = go_worker(tmp_path)
    template = tmp_path / "go-rule.yml"
    template.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "go-rule"},
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [
                        {
                            "name": "go-rule",
                            "image": "go-worker:1",
                            "command": [str(program)],
                            "env": [{"name": "INSTANCE_ID", "value": ""}],
                        }
                    ],
                },
            }
        )
    )
    product = new_product({"SHARDWRIGHT_KINDS__RULE__TEMPLATE": str(template)})
    product.start()
    product.settle()
    product.assert_served_once(within=10.0)

    answer = product.call("POST", "/v1/api/orchestrations/Rule/orchestrate", {"resourcePerInstance": 25})
    assert answer.status == 200, answer.text
    assert answer.json["changed"]
    product.settle()
    product.assert_served_once(within=10.0)

    before = product.pids("Rule")
    end(before["Rule", 0])
    until(
        lambda: product.pids("Rule").get(("Rule", 0)) not in (None, before["Rule", 0]),
        60.0,
        what="a successor",
    )
    product.settle()
    product.assert_served_once(within=10.0)
    assert product.pids("Rule").items() >= {k: v for k, v in before.items() if k[1] != 0}.items()
    assert product.stop() == 0
