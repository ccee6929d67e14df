# SPDX-License-Identifier: Apache-2.0
# Martlet: what visitors see on the public page.

import re

import pytest
from playwright.sync_api import expect


def test_overall_statement_is_a_heading(page, server):
    page.goto(server)
    expect(page.locator("h1")).not_to_have_text("Reading the status")
    status = page.request.get(f"{server}/status.json").json()
    assert page.title().endswith(status["page"]["title"])
    expect(page.locator("#contact")).to_contain_text("Live")


def test_all_up(page, server, world):
    world("up")
    page.goto(server)
    expect(page.locator("h1")).to_have_text("All systems operational")
    expect(page.locator(".check")).to_have_count(10)
    expect(page.locator("#incidents")).to_be_hidden()
    expect(page.locator("#maintenance")).to_be_hidden()
    expect(page.locator(".past-incident").first).to_be_visible()


def test_down_with_root_cause(page, server, world):
    world("down")
    page.goto(server)
    expect(page.locator("h1")).to_have_text("Some systems are down")
    card = page.locator("#incident-cards article")
    expect(card).to_have_count(1)
    expect(card.locator(".cause")).to_contain_text("Storage volume")
    expect(card.locator(".chip")).to_have_text(["Storage volume", "PostgreSQL ledger", "Public API", "Website"])
    expect(page.locator("[data-check=disk] .check-state")).to_contain_text("Down since")
    expect(card.locator("time").first).to_have_attribute("title", re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("degraded", "Payments API is degraded"),
        ("unknown", "The state of some systems is unknown"),
        ("maintenance", "Maintenance in progress"),
        ("empty", "No checks are published yet"),
    ],
)
def test_other_statements(page, server, world, name, words):
    world(name)
    page.goto(server)
    expect(page.locator("h1")).to_have_text(words)


def test_maintenance_active_before_announced(page, server, world):
    world("maintenance")
    page.goto(server)
    expect(page.locator("#window-cards .label")).to_have_text(["In progress", "Scheduled"])
    expect(page.locator("#window-cards article").nth(1)).to_contain_text("Edge")


def test_days_with_the_keyboard(page, server, world):
    stand_in = world("up")
    check = stand_in.world.find("cache")
    bars = check["days"]["bars"]
    page.goto(server)
    strip = page.locator("[data-check=cache] .bars")
    expect(strip).to_be_visible()
    page.locator("[data-check=cache] .check-name").focus()
    page.keyboard.press("Tab")
    expect(strip).to_be_focused()
    expect(page.locator(".tooltip")).to_be_visible()
    expect(strip).to_have_attribute("aria-valuenow", str(len(bars)))
    for _ in range(len(bars) - 1 - bars.rindex("D")):
        page.keyboard.press("ArrowLeft")
    expect(strip).to_have_attribute("aria-valuetext", re.compile("Downtime, Uptime .*%, Down "))
    expect(page.locator(".tooltip")).to_contain_text("Downtime")
    page.keyboard.press("Home")
    expect(strip).to_have_attribute("aria-valuenow", "1")
    page.keyboard.press("Escape")
    expect(page.locator(".tooltip")).to_be_hidden()


def test_days_with_the_pointer(page, server, world):
    world("up")
    page.goto(server)
    page.locator("[data-check=web] .bars").hover(position={"x": 5, "y": 10})
    expect(page.locator(".tooltip")).to_be_visible()
    page.mouse.move(2, 2)
    expect(page.locator(".tooltip")).to_be_hidden()


def test_states_of_days_have_shapes_of_their_own(page, server):
    page.goto(server)
    outlines = page.evaluate("""async () => {
        const { strokes } = await import('/assets/bars.js');
        const facts = { '2026-01-01': { down_seconds: 86400, degraded_seconds: 86400 } };
        return ['U', 'G', 'D', 'M', 'N'].map((letter) => Object.values(strokes(letter, letter === 'G' ? { '2026-01-01': { degraded_seconds: 600 } } : facts, '2026-01-01', 0)).join('|').replace(/^\\|+|\\|+$/g, ''));
    }""")
    assert len(set(outlines)) == 5
    assert all(outline != "" for outline in outlines)


def test_details_and_period(page, server, world):
    world("up")
    page.goto(server)
    name = page.locator("[data-check=dns] .check-name")
    name.click()
    expect(name).to_have_attribute("aria-expanded", "true")
    expect(page.locator("[data-check=dns] .uptimes tbody tr")).to_have_count(2)
    expect(page.locator("[data-check=ledger-export] .check-uptime")).to_have_text("no data")
    page.locator("input[value='24h']").check(force=True)
    expect(page.locator("[data-check=ledger-export] .check-uptime")).to_have_text("100% uptime")
    expect(page.locator("[data-check=dns] .uptimes")).to_be_visible()


def test_a_fold_is_remembered(page, server, world):
    world("up")
    page.goto(server)
    group = page.locator("[data-group=core]")
    group.locator("summary").click()
    expect(group.locator(".check")).to_have_count(0)
    page.reload()
    expect(page.locator("[data-group=edge] .check")).to_have_count(3)
    expect(page.locator("[data-group=core] .check")).to_have_count(0)


def test_a_change_shows_without_reloading(page, server, world):
    stand_in = world("up")
    page.goto(server)
    expect(page.locator("h1")).to_have_text("All systems operational")
    page.evaluate("document.querySelector('[data-check=dns]').martletSame = true")
    before = stand_in.not_modified
    with page.expect_response(lambda answer: answer.url.endswith("/status.json") and answer.status == 304):
        pass
    assert stand_in.not_modified > before
    stand_in.world.set("web", "DOWN", "connection refused")
    expect(page.locator("h1")).to_have_text("Website is down", timeout=15_000)
    assert page.evaluate("document.querySelector('[data-check=dns]').martletSame") is True


def test_lost_contact_keeps_the_last_data(page, server, world):
    world("up")
    page.goto(server)
    expect(page.locator("h1")).to_have_text("All systems operational")
    world("gone")
    expect(page.locator("#lost")).to_contain_text("No contact since", timeout=15_000)
    expect(page.locator(".check")).to_have_count(10)
    world("up")
    expect(page.locator("#lost")).to_be_hidden(timeout=40_000)


def test_server_gone_from_the_start(page, server, world):
    world("gone")
    page.goto(server)
    expect(page.locator("h1")).to_have_text("The status cannot be read at the moment")
    expect(page.locator("#lost")).to_contain_text("No contact")


def test_pauses_grow_to_thirty_seconds(page, server):
    page.goto(server)
    pauses = page.evaluate("""async () => {
        const { Live } = await import('/assets/live.js');
        const pauses = [], real = window.setTimeout;
        const live = new Live('/x', { onData() {}, onContact() {}, request: () => Promise.reject(new Error('gone')) });
        window.setTimeout = (work, pause) => { pauses.push(pause); return 0; };
        for (let turn = 0; turn < 5; turn += 1) await live.ask();
        window.setTimeout = real;
        live.stop();
        return pauses;
    }""")
    assert [round(pause / 10_000) for pause in pauses] == [1, 2, 3, 3, 3]
    assert all(0.9 * whole <= pause <= 1.1 * whole for pause, whole in zip(pauses, [10e3, 20e3, 30e3, 30e3, 30e3], strict=True))
    assert len(set(pauses)) > 3


def test_a_hidden_tab_does_not_ask(page, server, world):
    world("up")
    page.goto(server)
    expect(page.locator(".check")).to_have_count(10)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "status.json" in request.url else None)
    page.evaluate("""() => {
        Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
        document.dispatchEvent(new Event('visibilitychange'));
    }""")
    # A question that was due already may still go out; after it there is silence.
    page.wait_for_timeout(6_500)
    asked.clear()
    page.wait_for_timeout(6_500)
    assert asked == []
    page.evaluate("""() => {
        Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'visible' });
        document.dispatchEvent(new Event('visibilitychange'));
    }""")
    page.wait_for_timeout(500)
    assert len(asked) == 1


def test_a_document_that_never_changes_is_stale(page, server):
    page.goto(server)
    seen = page.evaluate("""async () => {
        const { Live } = await import('/assets/live.js');
        const seen = [];
        let status = 200;
        const request = async () => status === 200 ? new Response('{}', { headers: { ETag: '"a"' } }) : { status: 304 };
        const live = new Live('/x', { quiet: 50, onData() {}, onContact: (state) => seen.push(state.stale), request });
        await live.ask();
        status = 304;
        await live.ask();
        await new Promise((done) => setTimeout(done, 120));
        await live.ask();
        status = 200;
        await live.ask();
        live.stop();
        return seen;
    }""")
    assert seen == [False, False, True, False]


def test_markup_in_names_stays_text(page, server, world):
    world("naughty")
    page.goto(server)
    expect(page.locator("h1")).to_contain_text("<img src=x")
    page.locator("[data-check=web] .check-name").click()
    page.locator("[data-check=web] .bars").hover()
    assert page.locator("main img, dialog img").count() == 0
    assert page.title() != "pwned"
    expect(page.locator("#support")).to_be_hidden()


def test_subscribe(page, server, world):
    stand_in = world("up")
    page.goto(server)
    expect(page.locator(".check")).to_have_count(10)
    page.locator("#open-subscribe").click()
    field, outcome, submit = (
        page.locator("#subscribe-address"),
        page.locator("#subscribe-outcome"),
        page.locator("#subscribe [type=submit]"),
    )
    field.fill("nonsense")
    submit.click()
    expect(outcome).to_contain_text("Enter an e-mail address")
    field.fill("taken@example.com")
    submit.click()
    expect(outcome).to_have_text("This address is subscribed already.")
    field.fill("a@example.com")
    submit.click()
    expect(outcome).to_contain_text("A confirmation was sent to a@example.com")
    page.locator("input[value=webhook]").check(force=True)
    field.fill("http://example.com/hook")
    submit.click()
    expect(outcome).to_contain_text("https://")
    field.fill("https://example.com/hook")
    submit.click()
    expect(outcome).to_contain_text("A confirmation was sent")
    assert stand_in.world.subscribed == [{"email": "a@example.com"}, {"webhook": "https://example.com/hook"}]
    page.keyboard.press("Escape")
    expect(page.locator("#subscribe")).to_be_hidden()


def test_two_thousand_checks(page, server, world):
    world("many")
    page.goto(server)
    expect(page.locator("h1")).to_have_text("Some systems are down")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    drawn = page.evaluate("performance.getEntriesByName('martlet:drawn')[0].startTime")
    assert paint < 1000, f"first paint after {paint} ms"
    assert drawn < 2500, f"all groups after {drawn} ms"
    assert page.locator("[data-group=g7] .check").count() == 0
    page.locator("[data-group=g7] summary").click()
    expect(page.locator("[data-group=g7] .check")).to_have_count(50)
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.locator("#find").fill("service 31-4")
    expect(page.locator("#find-count")).to_have_text("10 found")
    expect(page.locator(".group")).to_have_count(1)


def test_older_incidents(page, server, world):
    world("up")
    page.goto(server)
    expect(page.locator(".past-incident")).to_have_count(4)
    page.locator("#past-older").click()
    expect(page.locator(".past-incident")).to_have_count(5)
    expect(page.locator("#past-older")).to_be_hidden()


def test_incident_page(page, server, world):
    world("down")
    page.goto(server)
    page.locator("#incident-cards h3 a").click()
    expect(page.locator("h1")).to_have_text("Storage volume is down")
    expect(page.locator(".timeline li")).to_have_count(4)
    expect(page.locator("#cause")).to_contain_text("PostgreSQL ledger")
    page.goto(f"{server}/incidents/nothing")
    expect(page.locator("h1")).to_have_text("There is no such incident")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("up", ["In order", "In order", "In order", "In order"]),
        ("degraded", ["Late", "In order", "In order", "In order"]),
        ("down", ["Late", "Failed", "In order", "Failed"]),
    ],
)
def test_backups_against_what_is_due_and_allowed(page, server, world, name, words):
    world(name)
    page.goto(server)
    cards = page.locator("#backup-cards article")
    expect(cards.locator("h3")).to_have_text(
        ["Last backup", "Last restore drill", "What would be lost (RPO)", "How long a recovery takes (RTO)"]
    )
    expect(cards.locator(".backup-state")).to_have_text(words)
    expect(cards.nth(2)).to_contain_text("0.8 s")
    expect(cards.nth(2)).to_contain_text("at most 15 min allowed")
    expect(cards.locator("time").first).to_have_attribute("title", re.compile(r"UTC$"))


def test_no_word_of_backups_where_there_never_were_any(page, server, world):
    world("empty")
    page.goto(server)
    expect(page.locator("h1")).to_have_text("No checks are published yet")
    expect(page.locator("#backups")).to_be_hidden()


def test_an_unknown_state_of_backups_is_not_taken_for_good(page, server, world):
    stand_in = world("up")
    known = stand_in.world.backups()
    known["last_backup"]["state"] = "paused"
    stand_in.world.backups = lambda: known
    page.goto(server)
    expect(page.locator("[data-backup=last_backup] .backup-state")).to_have_text("Unknown")
