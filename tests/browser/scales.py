"""What an eye and a screen reader need, judged in the page: contrast, names, landmarks, order of focus."""

from __future__ import annotations

from pathlib import Path

AUDIT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8")


async def faults_of(page) -> list[str]:
    """Sentences, none where the page is in order. Contrast: 4.5, or 3 for large text."""
    return await page.evaluate(AUDIT)
