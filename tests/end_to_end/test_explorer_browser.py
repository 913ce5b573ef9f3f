"""The explorer in a real browser: no console errors, wide and narrow, light and dark.

CLOUDBILL_SCREENSHOTS=docs/images keeps what the browser shows.
"""

import csv
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pytest
from demos import Demo, Run

from cloudbill.schema import PROJECT

playwright = pytest.importorskip("playwright.sync_api", reason="Needs Playwright.")
pytest.importorskip("streamlit", reason="The explorer is an optional part.")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Needs Chromium (apt install chromium).")
VIEWS = (
    "Cloud costs",
    "Clusters",
    "Tags",
    "VM cost report",
    "Node prices",
    "Commitments",
    "Reconciliation",
)
SCREENS = [pytest.param("light", 1280, marks=pytest.mark.slow), ("dark", 1280), ("light", 390)]


@pytest.fixture(scope="module")
def address(demo: Demo) -> Iterator[str]:
    with served(demo.workspace) as address:
        yield address


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port: int = free.getsockname()[1]
    return port


def test_the_first_start_tells_where_the_page_is_and_asks_nothing(
    demo: Demo, tmp_path: Path
) -> None:
    """Streamlit asks whoever has not used it for an e-mail address."""
    port = free_port()
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "cloudbill.cli", "explore"),
            *("--port", str(port), "--workspace", str(demo.workspace)),
        ],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "HOME": str(tmp_path), "BROWSER": "true"},
    )  # fmt: skip
    try:
        wait_for(f"http://localhost:{port}/_stcore/health")
    finally:
        server.terminate()
        told, _ = server.communicate()
    assert f"http://localhost:{port}" in told
    assert "mail" not in told


@contextmanager
def served(workspace: Path) -> Iterator[str]:
    port = free_port()
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "cloudbill.cli", "explore", "--no-browser"),
            *("--port", str(port), "--workspace", str(workspace)),
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://localhost:{port}/_stcore/health")
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait()


def wait_for(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def settle(page: object) -> None:
    page.wait_for_selector("h1")
    page.wait_for_selector("[data-testid=stDownloadButton]")
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    page.wait_for_timeout(1000)


@pytest.mark.parametrize(("scheme", "width"), SCREENS)
def test_views_render_without_console_errors(
    address: str, browser: object, scheme: str, width: int
) -> None:
    problems: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("requestfailed", lambda request: problems.append(f"not loaded: {request.url}"))
    for view in VIEWS:
        page.goto(f"{address}/?view={quote(view)}")
        settle(page)
        assert page.locator("h1").inner_text().startswith(view)
        assert page.locator("[data-testid=stException]").count() == 0
        # Nothing sticks out sideways.
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        keep(page, f"{view.lower().replace(' ', '-')}-{scheme}-{width}")
    context.close()
    assert problems == []


def keep(page: object, name: str) -> None:
    folder = os.environ.get("CLOUDBILL_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_the_keyboard_changes_the_view(address: str, browser: object) -> None:
    page = browser.new_page()
    page.goto(address)
    settle(page)
    page.get_by_role("radio", name="Cloud costs").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('h1').innerText.startsWith('Clusters')")
    linked(page, "view=Clusters")
    page.close()


def linked(page: object, part: str) -> None:
    """Wait until the link has a part: it is written at the end of a run."""
    page.wait_for_function(f"location.search.includes({part!r})")
    settle(page)


def test_back_goes_back(address: str, browser: object) -> None:
    page = browser.new_page()
    page.goto(address)
    linked(page, "granularity=day")
    page.get_by_role("radio", name="Month").click()
    linked(page, "granularity=month")
    page.get_by_role("radio", name="VM cost report").click()
    linked(page, "view=VM+cost+report")
    page.go_back()
    page.wait_for_function("document.querySelector('h1').innerText.startsWith('Cloud costs')")
    linked(page, "granularity=month")
    assert page.get_by_role("radio", name="Month").get_attribute("aria-checked") == "true"
    page.go_back()
    linked(page, "granularity=day")
    assert page.get_by_role("radio", name="Day").get_attribute("aria-checked") == "true"
    page.close()


def test_a_download_has_every_digit(address: str, browser: object, demo: Demo) -> None:
    page = browser.new_page()
    page.goto(f"{address}/?view=Cloud+costs&currency=EUR&by=Provider&period=All+days")
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").first.click()
    (line,) = csv.DictReader(Path(download.value.path()).read_text().splitlines())
    ((expected,),) = demo.rows(
        "select sum(net_cost) from cloud_costs where billing_currency = 'EUR'"
    )
    assert Decimal(line["Net"]) == expected
    page.close()


def test_a_download_is_the_table(address: str, browser: object) -> None:
    page = browser.new_page()
    page.goto(f"{address}/?view=Reconciliation&currency=EUR")
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").first.click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0].startswith("Bill,Period,Provider,Measure")
    assert len(lines) > 1
    page.close()


def test_a_click_on_a_bar_shows_its_lines(address: str, browser: object) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 2000})
    page.goto(f"{address}/?view=Cloud+costs&currency=USD&by=Provider&period=All+days")
    settle(page)
    chart = page.locator("[data-testid=stVegaLiteChart]").first.bounding_box()
    for height in (0.4, 0.5, 0.55, 0.6, 0.65, 0.7):
        page.mouse.click(chart["x"] + chart["width"] * 0.6, chart["y"] + chart["height"] * height)
        page.wait_for_timeout(1500)
        if "in=2026-10-" in page.url:
            break
    assert "in=2026-10-" in page.url
    page.close()


@pytest.mark.slow
def test_a_restated_bill_shows_what_moved(
    demo: Demo, browser: object, command: Callable[..., Run], tmp_path: Path
) -> None:
    workspace, samples = tmp_path / "workspace", tmp_path / "samples"
    shutil.copytree(demo.workspace, workspace, symlinks=True)
    shutil.copytree(PROJECT / "samples", samples)
    take_five(next(samples.glob("azure-mca/20261001-*/*.csv")))
    run = command("refresh", "--workspace", workspace, "--config", samples / "bills.yml")
    assert run.returncode == 0, run.stdout + run.stderr

    with served(workspace) as address:
        page = browser.new_page()
        page.goto(f"{address}/?view=Reconciliation&currency=EUR")
        settle(page)
        with page.expect_download() as download:
            page.get_by_role("button", name="Download CSV").nth(1).click()
        (line,) = csv.DictReader(Path(download.value.path()).read_text().splitlines())
        assert (line["Bill"], line["Period"]) == ("azure-mca", "2026-10")
        assert float(line["Change"]) == pytest.approx(-5)
        assert float(line["Cost after"]) == pytest.approx(float(line["Cost before"]) - 5)
        page.goto(f"{address}/?view=Reconciliation&currency=USD")
        page.get_by_text("No bill in USD has changed since it was first loaded.").wait_for()
        page.close()


def take_five(bill: Path) -> None:
    """Take 5 off the first line of a delivered bill."""
    with bill.open(newline="", encoding="utf-8-sig") as file:
        header, first, *lines = csv.reader(file)
    cost = header.index("costInBillingCurrency")
    first[cost] = str(float(first[cost]) - 5)
    with bill.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([header, first, *lines])
