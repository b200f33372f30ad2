"""Writes into the console's document which modules its first page needs: python -m tests.browser.preload."""

from __future__ import annotations

from tests.browser.test_files import ROOT, reached


def write() -> None:
    page = ROOT / "index.html"
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if "modulepreload" not in line]
    at = next(number for number, line in enumerate(lines) if '<script type="module"' in line)
    needed = sorted(reached("app.js", "pages/sw-page-overview.js") - {"app.js"})
    lines[at:at] = [f'    <link rel="modulepreload" href="/console/{each}">' for each in needed]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
