# SPDX-License-Identifier: Apache-2.0
# Martlet: the pages of a real aggregator, from the first failing probe to the end of the incident.

import gzip
import json
import re
import urllib.error
import urllib.request
import xml.etree.ElementTree
from datetime import datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from real import KEY, eventually
from test_access import OPERATORS, RULES, settle

SOON = 20_000
NAME = "second shift"
PUBLIC_TEXT = "The crane is being looked at."
PRIVATE_TEXT = "Ask the insurer first."


@pytest.fixture
def operators(make_page, real):
    """The operators' page with the key entered as an operator would."""
    page = make_page()
    page.goto(f"{real.url}/operators")
    expect(page.locator("#ask-key")).to_be_visible()
    page.locator("#key").fill(KEY)
    page.keyboard.press("Enter")
    expect(page.locator("#ask-key")).to_be_hidden()
    expect(page.locator("#contact")).to_contain_text("Live")
    return page


def visit(page, view):
    page.locator(f".tabs a[href='#/{view}']").click()


def test_an_incident_from_the_first_failure_to_its_end(page, real, operators):
    page.goto(real.url)
    expect(page.locator("h1")).to_have_text("All systems operational")
    page.evaluate("document.querySelector('[data-check=bus]').martletSame = true")
    real.api.break_()
    expect(page.locator("h1")).to_have_text("API is down", timeout=SOON)
    card = page.locator("#incident-cards article")
    expect(card).to_have_count(1)
    expect(card).to_contain_text("API")

    visit(operators, "incidents")
    work = operators.locator("article.incident")
    expect(work).to_have_count(1, timeout=SOON)
    expect(operators.get_by_role("button", name="Show older")).to_be_hidden()
    work.get_by_label("Your name").fill(NAME)
    work.get_by_role("button", name="Acknowledge").click()
    expect(operators.locator("#said")).to_contain_text("Acknowledged")
    operators.locator("input[value=acknowledged]").check(force=True)
    expect(work.locator(".label-acknowledged")).to_be_visible(timeout=SOON)
    work.get_by_label("Text").fill(PUBLIC_TEXT)
    work.get_by_role("button", name="Comment").click()
    expect(work.locator(".timeline")).to_contain_text(PUBLIC_TEXT, timeout=SOON)
    expect(work.locator(".timeline")).to_contain_text(f"by {NAME}")
    work.get_by_label("Text").fill(PRIVATE_TEXT)
    work.get_by_label("Comments are public").uncheck()
    work.get_by_role("button", name="Comment").click()
    expect(work.locator(".timeline")).to_contain_text(PRIVATE_TEXT, timeout=SOON)

    expect(card.locator(".label-acknowledged")).to_be_visible(timeout=SOON)
    expect(card).to_contain_text(PUBLIC_TEXT, timeout=SOON)
    expect(card).not_to_contain_text(PRIVATE_TEXT)
    incident = card.get_attribute("data-incident")
    for path in ("/status.json", "/incidents.json", f"/incidents/{incident}.json", "/feed.rss", "/?plain", f"/incidents/{incident}?plain"):
        text = real.get(path).decode()
        assert PUBLIC_TEXT in text, path
        assert NAME not in text and PRIVATE_TEXT not in text, path

    real.api.mend()
    expect(page.locator("h1")).to_have_text("All systems operational", timeout=SOON)
    expect(page.locator("#incidents")).to_be_hidden()
    expect(page.locator(".past-incident a").first).to_have_attribute("href", f"/incidents/{incident}")
    # All of it without a reload.
    assert page.evaluate("document.querySelector('[data-check=bus]').martletSame") is True
    eventually(lambda: "Resolved: " in real.get("/feed.rss").decode(), "the feed says that it is over")
    told = [each for each in real.receiver.posted if incident in json.dumps(each)]
    assert len([each for each in told if "opened" in json.dumps(each)]) == 1


def test_the_cause_stands_for_what_it_takes_along(page, real):
    page.goto(real.url)
    real.database.break_()
    real.shop.break_()
    expect(page.locator("h1")).to_have_text("Some systems are down", timeout=SOON)
    card = page.locator("#incident-cards article")
    expect(card.locator(".chip")).to_contain_text(["Shop"], timeout=SOON)
    expect(card).to_have_count(1)
    expect(card.locator("h3")).to_contain_text("Cargo database")
    card.locator("h3 a").click()
    expect(page.locator("h1")).to_contain_text("Cargo database")
    expect(page.locator("#cause")).to_contain_text("Shop")


def test_resolved_by_an_operator_with_a_public_text(page, real, operators):
    real.disk.break_()
    page.goto(real.url)
    expect(page.locator("h1")).to_have_text("Archive disk is degraded", timeout=SOON)
    visit(operators, "incidents")
    work = operators.locator("article.incident")
    expect(work).to_have_count(1, timeout=SOON)
    real.disk.mend()
    work.get_by_label("Your name").fill(NAME)
    work.get_by_label("Text").fill("A new disk is in.")
    work.get_by_role("button", name="Resolve").click()
    expect(work).to_have_count(0, timeout=SOON)
    expect(page.locator("h1")).to_have_text("All systems operational", timeout=SOON)
    expect(page.locator(".past-incident").first).to_contain_text("A new disk is in.", timeout=SOON)


def test_a_window_made_by_an_operator(page, real, operators):
    page.goto(real.url)
    expect(page.locator("#maintenance")).to_be_hidden()
    visit(operators, "maintenance")
    operators.get_by_label("Title").fill("New crane")
    operators.get_by_label("Checks").fill("API")
    expect(operators.locator(".window-form .chip")).to_contain_text("API")
    now = operators.evaluate("new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 16)")
    later = (datetime.fromisoformat(now) + timedelta(hours=1)).isoformat()[:16]
    operators.get_by_label("Starts").fill(now)
    operators.get_by_label("Ends").fill(later)
    operators.get_by_role("button", name="Create window").click()
    expect(operators.locator(".roomy tbody tr")).to_have_count(1, timeout=SOON)
    expect(page.locator("#window-cards article")).to_contain_text("New crane", timeout=SOON)
    expect(page.locator("#window-cards .label")).to_have_text("In progress", timeout=SOON)
    expect(page.locator("[data-check=api] .check-state")).to_contain_text("Maintenance", timeout=SOON)
    # What breaks in a window opens no incident.
    real.api.break_()
    eventually(lambda: next(each for each in real.operator("/v1/checks")["checks"] if each["id"] == "api")["verdict"] == "DOWN", "the API is down")
    assert [each for each in real.status()["incidents"] if each["status"] != "resolved"] == []
    real.api.mend()
    operators.get_by_role("button", name="Delete New crane").click()
    operators.locator("#confirm-yes").click()
    expect(page.locator("#maintenance")).to_be_hidden(timeout=SOON)


def test_feeds_and_badges(page, real):
    rss = xml.etree.ElementTree.fromstring(real.get("/feed.rss"))
    assert rss.find("channel/title").text == "Harbour"
    atom = xml.etree.ElementTree.fromstring(real.get("/feed.atom"))
    assert atom.tag == "{http://www.w3.org/2005/Atom}feed"
    assert json.loads(real.get("/feed.json"))["version"] == "https://jsonfeed.org/version/1.1"
    page.goto(real.url)
    for feed in ("rss", "atom", "json"):
        expect(page.locator(f"footer a[href='/feed.{feed}']")).to_be_visible()
    for kind in ("status", "latency", "24h", "7d", "30d", "90d"):
        page.goto(f"{real.url}/badges/shop/{kind}.svg")
        assert page.evaluate("document.documentElement.localName") == "svg"
        assert "Shop" in page.evaluate("document.documentElement.getAttribute('aria-label')")
    assert page.goto(f"{real.url}/badges/hidden/status.svg").status == 404


def test_what_is_not_public_is_nowhere(page, real):
    real.hidden.break_()
    eventually(lambda: any("Unannounced" in each["title"] for each in real.operator("/v1/incidents?state=open")["incidents"]), "the incident opens")
    for path in ("/status.json", "/incidents.json", "/feed.rss", "/feed.atom", "/feed.json", "/?plain"):
        assert "nannounced" not in real.get(path).decode(), path


def test_a_year_of_days(page, real):
    page.goto(real.url)
    strip = page.locator("[data-check=shop] .bars")
    expect(strip).to_have_attribute("aria-valuemax", "90")
    bars = next(each for group in real.status()["groups"] for each in group["checks"] if each["id"] == "shop")["days"]["bars"]
    assert (len(bars), bars[:-1].count("D"), bars[:-1].count("N")) == (90, 3, 0)
    strip.focus()
    for _ in range(len(bars) - 1 - bars[:-1].rindex("D")):
        page.keyboard.press("ArrowLeft")
    expect(strip).to_have_attribute("aria-valuetext", re.compile("Downtime, Uptime 95.8.*, Down 1 h"))
    expect(page.locator("[data-check=shop] .check-uptime")).to_contain_text("99.8")


def test_the_theme_is_switched_and_kept(page, real):
    page.goto(real.url)
    grounds = []
    for theme in ("light", "dark", "contrast"):
        page.locator("#theme").select_option(theme)
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(245, 246, 248)", "rgb(13, 17, 23)", "rgb(0, 0, 0)"]
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"


def test_everything_by_keyboard(page, real):
    real.api.break_()
    real.wait("api", "DOWN")
    page.goto(real.url)
    expect(page.locator("#incident-cards h3 a")).to_be_visible(timeout=SOON)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("""() => {
                const node = document.activeElement, style = getComputedStyle(node);
                const ring = node.matches('.segment input') ? getComputedStyle(node.nextElementSibling) : style;
                if (node !== document.body && ring.outlineStyle === 'none') return 'no ring: ' + node.outerHTML.slice(0, 80);
                return node.closest('[data-check]')?.dataset.check ?? node.closest('[data-incident]')?.localName ?? node.name ?? node.localName;
            }""")
        )
    assert {"shop", "api", "database", "article", "period"} <= reached, reached
    assert [each for each in reached if each.startswith("no ring")] == []
    page.locator("[data-check=shop] .check-name").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-check=shop] .check-details")).to_contain_text("Where cargo is booked")
    page.locator("#incident-cards h3 a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#timeline li").first).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/?plain"] + OPERATORS)
def test_a_phone_and_the_rules_of_access(page, real, path):
    page.add_init_script(f"sessionStorage.setItem('martlet.key', '{KEY}')")
    page.set_viewport_size({"width": 360, "height": 740})
    real.api.break_()
    real.wait("api", "DOWN")
    page.goto(real.url + path.replace("check=db", "check=shop"))
    if "plain" not in path:
        settle(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    results = Axe().run(page, options=RULES)
    assert results.violations_count == 0, results.generate_report()


def test_a_killed_aggregator_is_noticed_and_found_again(page, real):
    page.goto(real.url)
    expect(page.locator("h1")).to_have_text("All systems operational")
    real.kill()
    try:
        expect(page.locator("#lost")).to_contain_text("No contact since", timeout=SOON)
        expect(page.locator("#contact")).to_contain_text("No contact since")
        expect(page.locator(".check")).to_have_count(7)
    finally:
        real.begin()
    expect(page.locator("#lost")).to_be_hidden(timeout=45_000)
    expect(page.locator("#contact")).to_contain_text("Live")


class TestWithoutScripts:
    @pytest.fixture
    def context_options(self):
        return {"java_script_enabled": False}

    def test_the_state_is_there(self, page, real):
        page.goto(real.url)
        page.wait_for_url("**/?plain")
        expect(page.locator("h1")).to_have_text("All systems operational")
        expect(page.locator(".check")).to_have_count(7)
        for feed in ("rss", "atom", "json"):
            expect(page.locator(f"a[href='/feed.{feed}']")).to_be_visible()
        real.api.break_()
        real.wait("api", "DOWN")
        page.get_by_role("link", name="Read it anew").click()
        expect(page.locator("h1")).to_have_text("API is down")
        expect(page.locator(".group.state-down")).to_contain_text("1 down · 1 operational")
        eventually(lambda: real.status()["incidents"], "the incident opens")
        page.reload()
        incident = page.locator("article.incident h3 a")
        incident.click()
        expect(page.locator(".timeline li")).not_to_have_count(0)
        address = page.url
        page.goto(address.replace("?plain", ""))
        page.wait_for_url(address)
        assert page.goto(f"{real.url}/incidents/7?plain").status == 404
        expect(page.locator("h1")).to_have_text("There is no such incident")


def ask(real, path, **headers):
    request = urllib.request.Request(real.url + path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.mark.parametrize("path", ["/", "/?plain", "/status.json", "/assets/status.js", "/incidents.json", "/feed.rss", "/v1/checks"])
def test_answers_are_compressed(real, path):
    key = {"Authorization": f"Bearer {KEY}"} if path.startswith("/v1") else {}
    _, plain_headers, plain = ask(real, path, **key)
    status, headers, packed = ask(real, path, Accept_Encoding="br;q=1, gzip;q=0.8", **key)
    assert (status, plain_headers["Content-Encoding"], headers["Content-Encoding"]) == (200, None, "gzip")
    assert headers["Vary"] == plain_headers["Vary"] == "Accept-Encoding"
    assert int(headers["Content-Length"]) == len(packed) < len(plain)
    if path != "/v1/checks":
        unpacked = gzip.decompress(packed)
        assert len(unpacked) == pytest.approx(len(plain), rel=0.05)
    _, headers, _ = ask(real, path, Accept_Encoding="gzip;q=0, identity", **key)
    assert headers["Content-Encoding"] is None
    if "ETag" in headers:
        status, headers, body = ask(real, path, Accept_Encoding="gzip", If_None_Match=headers["ETag"])
        assert (status, body) == (304, b"")


def test_a_reason_that_changes_is_no_news_to_the_public(real):
    """While something is bad every finding has new words, and that is when thousands look."""
    real.api.break_()
    real.wait("api", "DOWN")
    eventually(lambda: any(each["status"] != "resolved" for each in real.status()["incidents"]), "the incident opens")

    def in_one_minute():
        tags, before = [], datetime.now().minute
        for status in (500, 502, 503, 504):
            real.api.status = status
            eventually(
                lambda: str(status) in (next(each for each in real.operator("/v1/checks")["checks"] if each["id"] == "api")["reason"] or ""),
                f"the reason names {status}",
            )
            tags.append(ask(real, "/status.json")[1]["ETag"])
        return tags if datetime.now().minute == before else None

    assert len(set(eventually(in_one_minute, "four findings in one minute", 120))) == 1


def test_backups_come_from_the_ledger(page, real, operators):
    real.forget_backups()
    eventually(lambda: "backups" not in real.status(), "no backups are shown")
    real.seed_backups(drill="failed")
    eventually(lambda: real.status().get("backups", {}).get("state") == "failed", "the drill failed")
    page.goto(real.url)
    cards = page.locator("#backup-cards .backup-state")
    expect(cards).to_have_text(["In order", "Failed", "In order", "Failed"], timeout=SOON)
    plain = real.get("/?plain").decode()
    assert plain.count('class="card backup ') == 4 and "at most 15m allowed" in plain and "7713" not in plain
    visit(operators, "backups")
    expect(operators.locator("article.system")).to_have_count(1, timeout=SOON)
    expect(operators.locator(".backup-finding")).to_contain_text("job 7 has no receipt")
    assert "system" not in real.status()["backups"] and "finding" not in real.status()["backups"]
    assert real.operator("/v1/backups")["backups"][0]["system"] == "7713316879200387876"
    real.seed_backups()
    expect(cards).to_have_text(["In order"] * 4, timeout=40_000)
    for found in (page, operators):
        results = Axe().run(found, options=RULES)
        assert results.violations_count == 0, results.generate_report()
    real.forget_backups()
