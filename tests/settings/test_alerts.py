"""Receivers of alarms: what may be configured, and that nobody reads their keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.errors import ConfigError
from orchestrator.settings import read

URL = "https://open.example.org/hook/the-key"
BASE = "access: {mode: open}\nalerts:\n  targets:\n"


def write(folder: Path, *lines: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(BASE + "\n".join(f"    {line}" for line in lines) + "\n")
    return path


def test_a_target_is_read_with_its_secrets_from_files(tmp_path: Path) -> None:
    for name, text in (("url", URL), ("secret", "SEC1")):
        (tmp_path / name).write_text(text + "\n")
    files = f"url_file: {tmp_path / 'url'}, secret_file: {tmp_path / 'secret'}"
    path = write(tmp_path, f"- {{name: oncall, shape: dingtalk, {files}, only_person: true}}")
    settings, _ = read(path, {})
    target = settings.alerts.targets[0]
    assert (target.given_url(), target.given_secret()) == (URL, "SEC1")
    assert (target.shape, target.only_person) == ("dingtalk", True)


def test_no_key_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path, f"- {{name: oncall, url: '{URL}', secret: SEC1}}")
    settings, values = read(path, {})
    shown = repr(settings) + json.dumps([[one.key, one.value, one.source] for one in values], default=str)
    assert "the-key" not in shown and "SEC1" not in shown


def test_an_environment_variable_names_them_all(tmp_path: Path) -> None:
    targets = f"[{{name: oncall, shape: wecom, url_file: {tmp_path / 'url'}}}]"
    settings, _ = read(None, {"SHARDWRIGHT_ALERTS__TARGETS": targets, "SHARDWRIGHT_ACCESS__MODE": "open"})
    (tmp_path / "url").write_text(URL)
    assert settings.alerts.targets[0].given_url() == URL


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("- {name: oncall}", "url is missing"),
        (f"- {{name: oncall, url: '{URL}', url_file: u}}", "both given"),
        ("- {name: oncall, url: 'http://open.example.org/the-key'}", "on loopback only"),
        ("- {name: oncall, url: 'ftp://open.example.org/the-key'}", "must be https"),
        ("- {name: oncall, url: 'https://u:p@open.example.org/the-key'}", "must be https"),
        (f"- {{name: oncall, url: '{URL}', shape: wecom, secret: s}}", "no signature"),
        (f"- {{name: oncall, url: '{URL}', shape: slack}}", "shape"),
        (f"- {{name: a, url: '{URL}'}}\n    - {{name: a, url: '{URL}'}}", "two targets are called a"),
        (f"- {{name: on call, url: '{URL}'}}", "letters, digits"),
    ],
)
def test_what_cannot_be_used_is_refused_without_its_key(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        read(write(tmp_path, line), {})
    assert "the-key" not in str(refused.value)


def test_a_file_with_something_else_is_refused_without_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("http://open.example.org/the-key")
    settings, _ = read(write(tmp_path, f"- {{name: oncall, url_file: {tmp_path / 'url'}}}"), {})
    with pytest.raises(ConfigError, match=r"alerts\.targets\.oncall\.url_file") as refused:
        settings.alerts.targets[0].given_url()
    assert "the-key" not in str(refused.value)
