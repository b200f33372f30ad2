"""Chromium for tests of the console."""

from __future__ import annotations

import shutil
from ctypes.util import find_library

from tests.services.require import missing

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def program() -> str:
    """Its path; skips the test where it is not installed."""
    found = shutil.which("chromium")
    if found is None:
        missing("Chromium", "it is not installed (Debian: apt-get install chromium)")
    if find_library("atomic") is None:
        # Of the program that speaks to the browser for Playwright.
        missing("Chromium", "there is no libatomic (Debian: apt-get install libatomic1)")
    return found
