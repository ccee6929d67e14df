# SPDX-License-Identifier: Apache-2.0
# Martlet: pictures of the real pages, for people to look at: ./dev browser shots DIR.

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from conftest import CHROMIUM
from playwright.sync_api import expect, sync_playwright
from real import KEY, Real, eventually

SCREEN, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
VIEWS = ("checks", "incidents", "events", "maintenance", "slos", "graph", "backups", "aggregators", "notifications")


class Camera:
    def __init__(self, browser, folder, real):
        self.browser, self.folder, self.real = browser, folder, real

    def take(self, name, path="/", theme="light", size=SCREEN, scripts=True, whole=True, prepare=None):
        context = self.browser.new_context(viewport=size, java_script_enabled=scripts, timezone_id="Europe/Berlin")
        page = context.new_page()
        if scripts:
            page.add_init_script(
                f"localStorage.setItem('martlet.theme', '{theme}'); sessionStorage.setItem('martlet.key', '{KEY}')"
            )
        page.goto(self.real.url + path)
        if scripts:
            expect(page.locator("#contact")).to_contain_text("Live", timeout=20_000)
        page.wait_for_load_state("networkidle")
        if prepare:
            prepare(page)
        page.wait_for_timeout(300)
        page.screenshot(path=self.folder / f"{name}.png", full_page=whole)
        context.close()
        print(name)


def open_incident(real):
    return eventually(
        lambda: next((each for each in real.status()["incidents"] if each["status"] != "resolved"), None), "an incident"
    )


def small(camera, real):
    real.seed_year()
    real.seed_backups()
    real.begin()
    real.heal()
    for theme in ("light", "dark", "contrast"):
        camera.take(f"up-{theme}", theme=theme)
    camera.take("up-phone", size=PHONE)
    real.database.break_()
    real.shop.break_()
    real.disk.break_()
    real.seed_backups(drill="failed")
    real.wait("disk", "DEGRADED")
    incident = open_incident(real)["id"]
    real.post(f"/v1/incidents/{incident}/acknowledge", {"by": "second shift"})
    real.post(f"/v1/incidents/{incident}/comment", {"by": "second shift", "text": "The crane is being looked at."})
    for theme in ("light", "dark", "contrast"):
        camera.take(f"incident-{theme}", theme=theme)
        camera.take(f"incident-page-{theme}", f"/incidents/{incident}", theme)
    camera.take("incident-phone", size=PHONE)
    camera.take("incident-page-phone", f"/incidents/{incident}", size=PHONE)
    camera.take("incident-plain", scripts=False)
    camera.take("incident-plain-phone", size=PHONE, scripts=False)
    camera.take("details", prepare=lambda page: page.locator("[data-check=shop] .check-name").click())
    camera.take("subscribe", whole=False, prepare=lambda page: page.locator("#open-subscribe").click())
    camera.take("tooltip", whole=False, prepare=lambda page: page.locator(".bars").first.hover())
    for view in VIEWS:
        camera.take(f"operators-{view}", f"/operators#/{view}")
        camera.take(f"operators-{view}-phone", f"/operators#/{view}", size=PHONE)
    camera.take("operators-checks-dark", "/operators#/checks", "dark")
    camera.take("operators-incidents-contrast", "/operators#/incidents", "contrast")
    camera.take("operators-drawer", "/operators#/checks?check=shop")
    camera.take("operators-drawer-phone", "/operators#/checks?check=shop", size=PHONE)
    real.heal()
    now = datetime.now(UTC).replace(microsecond=0)
    for title, start, checks in (("New crane", now, ["api"]), ("Move to the new quay", now + timedelta(days=2), ["database", "disk"])):
        real.post(
            "/v1/maintenance",
            {"title": title, "checks": checks, "starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=2)).isoformat()},
        )
    real.wait("api", "MAINTENANCE")
    for theme in ("light", "dark", "contrast"):
        camera.take(f"maintenance-{theme}", theme=theme)
    camera.take("maintenance-phone", size=PHONE)
    camera.take("operators-maintenance-open", "/operators#/maintenance")
    real.end()


def large(camera, real):
    """2,000 checks; three ports are closed."""
    closed = {3, 77, 1999}
    real.write(
        {
            "page": {"title": "Harbour"},
            "defaults": {"interval": "30s", "timeout": "2s", "failures": 2, "successes": 2},
            "groups": [{"id": f"g{group}", "name": f"Quay {group:02d}"} for group in range(40)],
            "checks": [
                {
                    "id": f"c{number}",
                    "name": f"Berth {number // 50:02d}-{number % 50:02d}",
                    "group": f"g{number // 50}",
                    "tcp": {"host": "127.0.0.1", "port": 1 if number in closed else real.database.number},
                }
                for number in range(2_000)
            ],
        }
    )
    real.begin(known="c0")
    real.wait("c1998", "UP")
    real.wait("c1999", "DOWN")
    camera.take("many-light")
    camera.take("many-dark", theme="dark", whole=False)
    camera.take("many-phone", size=PHONE, whole=False)
    camera.take("many-plain", scripts=False, whole=False)
    camera.take("operators-many", "/operators#/checks", whole=False)
    camera.take("operators-many-graph", "/operators#/graph", whole=False)
    real.end()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    real = Real()
    try:
        with sync_playwright() as playwright:
            camera = Camera(playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]), folder, real)
            small(camera, real)
            large(camera, real)
    finally:
        real.end()
