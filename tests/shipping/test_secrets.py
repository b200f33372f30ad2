"""No secret stands in a file that is, or is about to be, under version control."""

from __future__ import annotations

import math
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from release.tree import ROOT

# Written apart, so that this file does not find itself.
FORMS = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE" + r" KEY-----\s*\n[A-Za-z0-9+/=]{20,}",
    "an AWS key": r"\b(AKIA|ASIA)" + r"[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_" + r"[A-Za-z0-9_]{60,})\b",
    "a GitLab token": r"\bglpat-" + r"[A-Za-z0-9_-]{20}\b",
    "a Slack token or hook": r"\bxox[abpr]-" + r"[0-9A-Za-z-]{20,}|hooks\.slack\.com/services/T\w{8}",
    "a Google key": r"\bAIza" + r"[0-9A-Za-z_-]{35}\b",
    "a PyPI token": r"\bpypi-" + r"AgEI[0-9A-Za-z_-]{40,}",
    "a token that is signed": r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\." + r"[A-Za-z0-9_-]{20,}",
    "a token of ours": r"\bswt_[a-z0-9]{12,}_" + r"[A-Za-z0-9_-]{32,}\b",
    "an account in an address": r"\b[a-z+]{3,20}://[^\s:/@\"'{}<>$]{1,40}:" + r"([^\s:/@\"'{}<>$]{8,})@",
}
ASSIGNED = re.compile(r"(?i)\b(?:password|passwd|secret|api_?key|token)\b\s*[:=]\s*[\"']([^\"'\s]{16,})[\"']")
EXAMPLES = re.compile(r"(?i)password|secret|example|x{4}|0123|test|wrong|\.\.\.|hunter|correct-horse")
RANDOM_BITS = 3.5
"""Of a character, from which on a text looks drawn by lot: hex of a digest has up to 4, words have less."""


def files() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def bits(text: str) -> float:
    """The entropy of its characters, a character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def secrets_of(text: str) -> list[str]:
    found = []
    for what, form in FORMS.items():
        for match in re.finditer(form, text):
            value = match[match.lastindex] if what == "an account in an address" else match[0]
            if what == "an account in an address" and (EXAMPLES.search(value) or bits(value) < RANDOM_BITS):
                continue
            found.append(f"{what}: {match[0][:24]}...")
    for match in ASSIGNED.finditer(text):
        value = match[1]
        is_random = bits(value) >= RANDOM_BITS and re.search(r"\d", value) and re.search(r"[A-Za-z]", value)
        if is_random and not EXAMPLES.search(value) and re.fullmatch(r"[A-Za-z0-9+/=_-]+", value):
            found.append(f"a value that looks drawn by lot: {value[:6]}...")
    return found


def test_no_file_holds_a_secret() -> None:
    looked, found = 0, []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        looked += 1
        found += [f"{path.relative_to(ROOT)}: {each}" for each in secrets_of(text)]
    assert looked > 500
    assert not found


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEpAIBAAKCAQEA1234567890abcdefghij",
        "key = AKIA" + "IOSFODNN7ABCDEFG",
        "gh" + "p_" + "a1B2" * 9,
        "postgresql://app:" + "q7Zt0PmX4vKd@db.internal/x",
        'password = "' + 'q7Zt0PmX4vKdR81sWcYe"',
        "swt_" + "4k2v9c0s1m7q_" + "q7Zt0PmX4vKdR81sWcYeq7Zt0PmX4vKd",
    ],
)
def test_a_secret_would_be_found(text: str) -> None:
    assert secrets_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://shardwright:password@db/x",
        'password = "a sentence of four words"',
        "swt_...",
        "token = None",
    ],
)
def test_an_example_is_no_secret(text: str) -> None:
    assert not secrets_of(text)
