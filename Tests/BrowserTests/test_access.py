# SPDX-License-Identifier: Apache-2.0
# Martlet: the pages are usable by everybody: contrast, names, sizes, themes, paper, no scripts.

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PUBLIC = ["/", "/incidents/42"]
OPERATORS = [
    f"/operators#/{view}"
    for view in (
        "checks",
        "checks?check=db",
        "incidents",
        "events",
        "maintenance",
        "slos",
        "graph",
        "backups",
        "aggregators",
        "notifications",
    )
]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


def settle(page):
    expect(page.locator("#contact")).to_contain_text("Live")
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("path", PUBLIC + OPERATORS)
@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_wcag_aa(page, server, world, theme, path):
    stand_in = world("down")
    if "maintenance" in path:
        stand_in = world("maintenance")
    page.add_init_script(f"localStorage.setItem('martlet.theme', '{theme}')")
    page.goto(stand_in.url + path)
    settle(page)
    results = Axe().run(page, options=RULES)
    assert "color-contrast" in {rule["id"] for rule in results.response["passes"]}
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("path", PUBLIC + OPERATORS)
@pytest.mark.parametrize("width", [360, 768])
def test_nothing_is_wider_than_the_screen(page, server, world, width, path):
    world("down")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(server + path)
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_check_name_is_readable_on_a_phone(page, server, world):
    world("down")
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{server}/operators")
    assert page.locator("td.c-name").first.bounding_box()["width"] > 150


def test_fewer_days_on_a_phone(page, server, world):
    world("up")
    page.goto(server)
    strip = page.locator("[data-check=web] .bars")
    expect(strip).to_have_attribute("aria-valuemax", "90")
    page.set_viewport_size({"width": 360, "height": 800})
    expect(strip).to_have_attribute("aria-valuemax", "30")


def test_theme_is_remembered_and_set_before_the_first_paint(page, server):
    page.goto(server)
    page.locator("#theme").select_option("dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(13, 17, 23)"
    page.goto(f"{server}/operators")
    expect(page.locator("#theme")).to_have_value("dark")
    assert page.evaluate(ground) == "rgb(13, 17, 23)"
    page.locator("#theme").select_option("auto")
    page.emulate_media(color_scheme="light")
    assert page.evaluate(ground) == "rgb(245, 246, 248)"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) == "rgb(13, 17, 23)"


def test_no_motion_for_those_who_want_none(page, server, world):
    world("up")
    page.emulate_media(reduced_motion="reduce")
    page.goto(server)
    expect(page.locator(".check").first).to_be_visible()
    page.locator("#open-subscribe").click()
    assert page.evaluate("document.getAnimations().length") == 0


def test_paper_has_the_state_and_no_controls(page, server, world):
    world("down")
    page.goto(server)
    expect(page.locator(".check")).to_have_count(10)
    page.emulate_media(media="print")
    expect(page.locator(".tools")).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    assert page.pdf()[:5] == b"%PDF-"


class TestWithoutScripts:
    @pytest.fixture
    def context_options(self):
        return {"java_script_enabled": False}

    def test_the_feeds_are_named(self, page, server):
        page.goto(f"{server}/operators")
        for feed in ("rss", "atom", "json"):
            expect(page.locator(f"main a[href='/feed.{feed}']")).to_be_visible()


class TestElsewhere:
    @pytest.fixture
    def context_options(self):
        return {"timezone_id": "Asia/Kolkata"}

    def test_times_are_the_viewers(self, page, server, world):
        stand_in = world("down")
        stand_in.world.incidents[0]["started_at"] = "2026-01-02T20:15:00Z"
        page.goto(f"{server}/incidents/42")
        time = page.locator("#facts time").first
        expect(time).to_have_attribute("title", "2026-01-02 20:15:00 UTC")
        expect(time).to_contain_text("01:45")
