"""`make screenshots`: every page as each role that sees it differently, on a desk and on a phone.

Writes build/screenshots/<role>/<page>-<width>.png and prints which it took.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.e2e.crawling import crawl
from tests.e2e.refusals import REFUSALS, send_nothing
from tests.e2e.scenes import ROLES, Scene, set_scene
from tests.e2e.served import Served, browsing, chromium, served
from tests.e2e.watching import Visitors, Watch

FOLDER = Path(__file__).parents[2] / "build" / "screenshots"
WIDTHS = {1280: 900, 320: 640}


def main() -> int:
    """Take them all."""
    executable = chromium()
    if executable is None:
        print("No Chromium: install one, or name it in PROCUREFLOW_CHROMIUM.", file=sys.stderr)
        return 1
    shutil.rmtree(FOLDER, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        served(Path(folder)) as council,
        browsing(executable) as browser,
    ):
        scene = set_scene(council)
        known: set[str] = set()
        taken = sum(_take_role(role, council, browser, scene, known) for role in ROLES)
    print(f"{taken} pictures in {FOLDER}")
    return 0


def _take_role(role: str, council: Served, browser: Browser, scene: Scene, known: set[str]) -> int:
    """Every kind of page that the role's accounts reach and that no earlier role saw in the same
    way, then forms that come back with errors."""
    visitors, watch = Visitors(browser, council), Watch(council.address)
    taken = 0
    for account in ROLES[role]:
        context = visitors.context(account, watch, reduced_motion="reduce")
        page = context.new_page()
        for visited in crawl(page, scene.unlinked(account), known):
            taken += _take(page, role, visited.name)
        for name, start, button in REFUSALS.get(account or "visitor", ()):
            send_nothing(page, start, button)
            taken += _take(page, role, f"{name}-errors")
        context.close()
    return taken


def _take(page: Page, role: str, name: str) -> int:
    """The open page at each width, full length."""
    folder = FOLDER / role
    folder.mkdir(parents=True, exist_ok=True)
    for width, height in WIDTHS.items():
        path = _free(folder, name, width)
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=path, full_page=True)
        print(path.relative_to(FOLDER.parents[1]))
    return len(WIDTHS)


def _free(folder: Path, name: str, width: int) -> Path:
    """The name, counted on where another account of the role had one like it."""
    path, number = folder / f"{name}-{width}.png", 1
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}-{width}.png"
    return path


if __name__ == "__main__":
    sys.exit(main())
