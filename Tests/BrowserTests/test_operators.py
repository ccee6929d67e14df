# SPDX-License-Identifier: Apache-2.0
# Martlet: what operators see and do.

import re

from playwright.sync_api import expect
from standin import KEY


def rows(page):
    return page.locator(".wide-table tbody:not(.pad) tr")


def test_trouble_stands_first_and_its_root_above_what_it_took_along(page, server, world):
    world("down")
    page.goto(f"{server}/operators")
    expect(rows(page)).to_have_count(10)
    expect(rows(page).first).to_contain_text("Storage volume")
    expect(rows(page).nth(1)).to_contain_text("Suppressed")
    assert page.title().startswith("4 down")


def test_the_tab_of_the_view_is_seen_on_a_phone(page, server, world):
    world("up")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{server}/operators#/notifications")
    box = page.locator(".tabs a[aria-current]").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    page.locator("#theme").select_option("contrast")
    assert page.locator("#theme").evaluate("""(field) => {
        const words = document.createElement('span');
        words.textContent = 'Contrast';
        words.style.font = getComputedStyle(field).font;
        document.body.append(words);
        const style = getComputedStyle(field);
        return words.getBoundingClientRect().width + parseFloat(style.paddingLeft) + parseFloat(style.paddingRight) + 18 < field.clientWidth;
    }""")


def test_filters_and_their_address(page, server, world):
    world("down")
    page.goto(f"{server}/operators")
    expect(rows(page)).to_have_count(10)
    page.keyboard.press("/")
    page.keyboard.type("redis")
    expect(rows(page)).to_have_count(1)
    assert "q=redis" in page.url
    page.get_by_role("button", name="Clear filters").click()
    page.locator(".counter[data-state=DOWN]").click()
    expect(rows(page)).to_have_count(4)
    page.reload()
    expect(rows(page)).to_have_count(4)
    expect(page.locator(".counter[data-state=DOWN]")).to_have_attribute("aria-pressed", "true")
    page.locator("#by-group").select_option("edge")
    expect(rows(page)).to_have_count(2)
    page.locator("#by-location").select_option("sgp")
    expect(rows(page)).to_have_count(2)
    page.locator("#search").fill("no such thing")
    expect(page.get_by_text("No check matches.")).to_be_visible()


def test_sort(page, server, world):
    world("up")
    page.goto(f"{server}/operators")
    expect(rows(page)).to_have_count(10)
    latency = page.get_by_role("button", name="Latency")
    latency.click()
    shown = lambda: [float(text.split()[0]) for text in page.locator("td.c-latency").all_inner_texts()]
    assert shown() == sorted(shown())
    latency.click()
    assert shown() == sorted(shown(), reverse=True)
    expect(page.locator("th.c-latency")).to_have_attribute("aria-sort", "descending")


def test_two_thousand_checks_and_the_keyboard(page, server, world):
    world("many")
    page.goto(f"{server}/operators")
    expect(page.get_by_text("2000 of 2000")).to_be_visible()
    assert rows(page).count() < 60
    page.locator(".table-scroll").focus()
    for _ in range(40):
        page.keyboard.press("ArrowDown")
    expect(page.locator("tr:has(.row-open:focus)")).to_have_attribute("data-index", "39")
    page.locator(".table-scroll").evaluate("(node) => node.scrollTo(0, node.scrollHeight)")
    expect(page.locator("tr[data-index='1999']")).to_be_visible()
    assert rows(page).count() < 60


def test_drawer(page, server, world):
    world("down")
    page.goto(f"{server}/operators")
    page.get_by_role("link", name="PostgreSQL ledger").click()
    drawer = page.locator("#drawer")
    expect(drawer.locator("h2")).to_have_text("PostgreSQL ledger")
    expect(drawer.locator(".reason")).to_contain_text("depends on Storage volume")
    expect(drawer.locator(".suppressed a")).to_contain_text("Storage volume")
    expect(drawer.locator("tbody tr")).to_have_count(3)
    expect(drawer).to_contain_text("2 of 3 locations have to agree")
    expect(drawer.locator("svg.chart .line")).to_have_attribute("d", re.compile("^M.*L"))
    assert drawer.locator("svg.chart .strip.state-down").count() >= 1
    drawer.locator(".chart-box").focus()
    page.keyboard.press("End")
    expect(drawer.locator(".chart-box")).to_have_attribute("aria-valuetext", re.compile("Down, Latency –"))
    with page.expect_response(lambda answer: "step=1d" in answer.url):
        drawer.locator("input[value='90d']").check(force=True)
    drawer.locator(".suppressed a").click()
    expect(drawer.locator("h2")).to_have_text("Storage volume")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page).not_to_have_url(re.compile("check="))


def test_a_gap_breaks_the_line(page, server):
    page.goto(f"{server}/operators")
    assert (
        page.evaluate(
            "import('/assets/ops-chart.js').then(({ linePath }) => linePath([[0, 1], [1, 2], [2, null], [3, 4]]))"
        )
        == "M0.0 1.0L1.0 2.0M3.0 4.0"
    )
    assert page.evaluate(
        "import('/assets/ops-chart.js').then(({ niceCeiling }) => [0, 3, 17, 230, 1000].map(niceCeiling))"
    ) == [1, 5, 20, 500, 1000]


def test_layers_put_each_check_behind_what_it_needs_and_survive_cycles(page, server):
    page.goto(f"{server}/operators")
    result = page.evaluate("""async () => {
        const { layers } = await import('/assets/ops-layers.js');
        const chain = Array.from({ length: 5000 }, (_, n) => ({ id: `n${n}`, depends_on: n === 0 ? [] : [`n${n - 1}`] }));
        const cycle = [{ id: 'a', depends_on: ['b'] }, { id: 'b', depends_on: ['a'] }, { id: 'c', depends_on: ['a', 'gone'] }];
        return [layers(chain.toReversed()).length, layers(cycle).flat().sort()];
    }""")
    assert result == [5000, ["a", "b", "c"]]


def test_graph_names_the_root_cause(page, server, world):
    world("down")
    page.goto(f"{server}/operators#/graph")
    expect(page.locator(".node")).to_have_count(8)
    expect(page.locator(".node-root")).to_have_count(1)
    expect(page.locator(".node-root")).to_have_attribute("data-check", "disk")
    expect(page.locator(".edge-hot")).to_have_count(3)
    page.get_by_label("Only trouble").check()
    expect(page.locator(".node[data-check=cache]")).to_have_count(1)
    page.locator(".node-root").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#drawer h2")).to_have_text("Storage volume")


def test_incident_is_acknowledged_commented_and_resolved(page, server, world):
    stand_in = world("down")
    page.goto(f"{server}/operators#/incidents")
    card = page.locator("[data-incident='42']")
    expect(card.locator(".chip").first).to_have_text("Storage volume")
    with page.expect_download() as download:
        card.get_by_role("button", name="Post-incident report").click()
    assert download.value.suggested_filename == "incident-42.md"
    card.get_by_role("button", name="Acknowledge").click()
    assert stand_in.world.incidents[0]["status"] == "open"
    card.get_by_label("Your name").fill("Maren")
    card.get_by_label("Text").fill("The disk is being replaced.")
    card.get_by_role("button", name="Comment").click()
    expect(card.locator(".timeline li")).to_have_count(5)
    expect(card.get_by_label("Your name")).to_have_value("Maren")
    card.get_by_role("button", name="Acknowledge").click()
    expect(card).to_have_count(0)
    page.locator("input[value=acknowledged]").check(force=True)
    card.get_by_role("button", name="Resolve").click()
    expect(card).to_have_count(0)
    page.locator("input[value=resolved]").check(force=True)
    expect(card).to_contain_text("Resolved")
    assert stand_in.world.incidents[0]["acknowledged_by"] == "Maren"


def test_a_text_being_written_survives_an_update(page, server, world):
    stand_in = world("down")
    page.goto(f"{server}/operators#/incidents")
    text = page.locator("[data-incident='42'] textarea")
    text.fill("half a sentence")
    stand_in.world.incidents[0]["updates"].append(
        {"at": "2026-01-01T00:00:00Z", "kind": "comment", "text": "from elsewhere"}
    )
    with page.expect_response(lambda answer: "/v1/incidents" in answer.url, timeout=15_000):
        pass
    expect(text).to_have_value("half a sentence")


def test_maintenance_once_and_on_a_schedule(page, server, world):
    stand_in = world("maintenance")
    page.goto(f"{server}/operators#/maintenance")
    table = page.locator(".roomy tbody tr")
    expect(table).to_have_count(2)
    expect(page.locator("tr[data-window=w2]")).to_contain_text("from the configuration file")
    expect(page.locator("tr[data-window=w2] button")).to_have_count(0)
    page.get_by_label("Title").fill("Kernel update")
    page.get_by_role("button", name="Create window").click()
    expect(page.locator("#said")).to_contain_text("Choose at least one check or group.")
    page.get_by_label("Checks").fill("Redis bus")
    expect(page.locator(".window-form .chip")).to_contain_text("Redis bus")
    page.get_by_label("Starts").fill("2027-01-05T03:00")
    page.get_by_label("Ends").fill("2027-01-05T04:30")
    page.get_by_role("button", name="Create window").click()
    expect(table).to_have_count(3)
    made = stand_in.world.windows[-1]
    assert (made["starts_at"], made["ends_at"], made["checks"]) == (
        "2027-01-05T02:00:00Z",
        "2027-01-05T03:30:00Z",
        ["cache"],
    )
    page.get_by_label("Title").fill("Weekly restart")
    page.locator("input[value=cron]").check(force=True)
    page.get_by_label("Groups").fill("edge")
    page.get_by_label("Schedule (cron)").fill("0 2 * *")
    page.get_by_role("button", name="Create window").click()
    expect(page.locator("#said")).to_contain_text("five fields")
    page.get_by_label("Schedule (cron)").fill("0 2 * * 0")
    page.get_by_label("Minutes").fill("30")
    page.get_by_role("button", name="Create window").click()
    expect(table).to_have_count(4)
    made = stand_in.world.windows[-1]
    assert (made["cron"], made["timezone"], made["duration"], made["groups"]) == (
        "0 2 * * 0",
        "Europe/Berlin",
        "PT2H30M",
        ["edge"],
    )
    page.get_by_role("button", name="Delete Weekly restart").click()
    page.locator("#confirm-yes").click()
    expect(table).to_have_count(3)


def test_slos(page, server, world):
    world("down")
    page.goto(f"{server}/operators#/slos")
    spent = page.locator("[data-slo=api]")
    expect(spent).to_contain_text("−50.0%")
    expect(spent.locator(".label-critical")).to_have_count(2)
    expect(page.locator("[data-slo=pay] .forecast")).to_contain_text("the budget is gone")
    expect(page.locator("[data-slo=pay]")).to_contain_text("Low traffic")


def test_events(page, server, world):
    stand_in = world("down")
    page.goto(f"{server}/operators#/events")
    table = page.locator("tbody tr")
    expect(table).to_have_count(50)
    expect(table.first).to_contain_text("Vanished")
    expect(table.first).to_contain_text("the instance api-1 of Public API is gone")
    page.get_by_role("button", name="Show older").click()
    expect(table).to_have_count(60)
    expect(page.get_by_role("button", name="Show older")).to_be_hidden()
    # A reload in the background adds what is new on top and keeps what was read.
    stand_in.world.add_event("advisory", "web", None, "1 of 3 locations find fault with Web", over=True)
    expect(table).to_have_count(61, timeout=15_000)
    expect(table.first).to_contain_text("Advisory, over")
    table.first.get_by_role("link").click()
    expect(page.locator("#drawer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    expect(page.locator("main").get_by_role("heading", name="Events")).to_be_visible()


def test_no_event_is_left_out_between_two_reloads(page, server, world):
    stand_in = world("up")
    for number in range(5):
        stand_in.world.add_event("vanished", "api", f"old-{number}", f"the instance old-{number} of Public API is gone")
    page.goto(f"{server}/operators#/events")
    table = page.locator("tbody tr")
    expect(table).to_have_count(5)
    for number in range(60):
        stand_in.world.add_event("vanished", "api", f"new-{number}", f"the instance new-{number} of Public API is gone")
    expect(table).to_have_count(50, timeout=15_000)
    page.get_by_role("button", name="Show older").click()
    expect(table).to_have_count(65)
    assert [row.get_attribute("data-event") for row in table.all()] == [event["id"] for event in stand_in.world.events]
    expect(page.get_by_role("button", name="Show older")).to_be_hidden()


def test_no_incident_is_left_out_between_two_reloads(page, server, world):
    stand_in = world("up")
    page.goto(f"{server}/operators#/incidents")
    page.locator("input[value=resolved]").check(force=True)
    cards = page.locator("[data-incident]")
    expect(cards).to_have_count(5)
    stand_in.world.add_resolved(30)
    expect(cards).to_have_count(25, timeout=15_000)
    page.get_by_role("button", name="Show older").click()
    expect(cards).to_have_count(35)
    expect(page.get_by_role("button", name="Show older")).to_be_hidden()


def test_older_ones_that_cannot_be_read_are_said_and_the_focus_is_kept(page, server, world):
    stand_in = world("down")
    stand_in.world.add_resolved(30)
    for view, first, entries in (("events", 50, "tbody tr"), ("incidents", 25, "[data-incident]")):
        page.goto(f"{server}/operators#/{view}")
        if view == "incidents":
            page.locator("input[value=resolved]").check(force=True)
        expect(page.locator(entries)).to_have_count(first)
        older = page.get_by_role("button", name="Show older")
        stand_in.world.is_away = True
        older.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#said")).to_contain_text("Older ones can't be read now.")
        expect(older).to_be_focused()
        expect(page.locator(entries)).to_have_count(first)
        stand_in.world.is_away = False
        page.keyboard.press("Enter")
        expect(older).to_be_hidden()
        # The button is gone: who pressed it by keyboard goes on with what it brought.
        expect(page.locator(entries).nth(first)).to_be_focused()


def test_what_events_say_is_readable_on_a_phone(page, server, world):
    world("down")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{server}/operators#/events")
    said = page.get_by_text("the instance api-1 of Public API is gone")
    expect(said).to_be_attached()
    # 14rem, and no more lines than that takes.
    assert said.bounding_box()["width"] >= 224
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_no_events(page, server, world):
    world("up")
    page.goto(f"{server}/operators#/events")
    expect(page.get_by_text("Nothing happened beside incidents")).to_be_visible()
    expect(page.locator("table")).to_be_hidden()


def test_aggregators(page, server, world):
    world("up")
    page.goto(f"{server}/operators#/aggregators")
    expect(page.locator("tbody tr").filter(has_text="agg-sgp-1")).to_contain_text("Missing")
    expect(page.locator("tbody tr").filter(has_text="agg-ber-1")).to_contain_text("Leads")


def test_receivers(page, server, world):
    stand_in = world("up")
    page.goto(f"{server}/operators#/notifications")
    expect(page.locator("[data-receiver=chat]")).to_contain_text("429 Too Many Requests")
    page.get_by_role("button", name="Send a test to archive").click()
    expect(page.locator("#said")).to_contain_text("A test is on its way to archive")
    assert stand_in.world.tested == ["archive"]


def test_api_key(page, server, world):
    world("key")
    page.goto(f"{server}/operators")
    dialog = page.locator("#ask-key")
    expect(dialog).to_be_visible()
    page.locator("#key").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.locator("#key-outcome")).to_have_text("The server refuses this key.")
    page.keyboard.press("Escape")
    with page.expect_response(lambda answer: answer.status == 401, timeout=25_000):
        pass
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Enter key").click()
    page.locator("#key").fill(KEY)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(rows(page)).to_have_count(10)
    assert page.evaluate("Object.values(localStorage).join()").find(KEY) == -1
    page.reload()
    expect(rows(page)).to_have_count(10)
    page.get_by_role("button", name="Forget key").click()
    expect(dialog).to_be_visible()


def test_markup_in_names_stays_text(page, server, world):
    world("naughty")
    for view in ("checks?check=web", "incidents", "maintenance", "graph"):
        page.goto(f"{server}/operators#/{view}")
        page.reload()
        expect(page.get_by_text("<img src=x").first).to_be_attached()
        assert page.locator("main img, dialog img").count() == 0
    assert page.title() != "pwned"


def test_lost_contact(page, server, world):
    world("up")
    page.goto(f"{server}/operators")
    expect(rows(page)).to_have_count(10)
    world("gone")
    expect(page.locator("#lost")).to_contain_text("No contact since", timeout=15_000)
    expect(rows(page)).to_have_count(10)


def test_backups_of_every_system(page, server, world):
    world("down")
    page.goto(f"{server}/operators#/backups")
    systems = page.locator("article.system")
    expect(systems).to_have_count(2)
    expect(systems.first.locator(".section-head")).to_contain_text("Failed")
    expect(systems.first.locator(".backup-finding")).to_contain_text("the recovery took 18120 s")
    expect(systems.nth(1).locator("[data-backup=last_drill]")).to_contain_text("None yet")
    world("empty")
    page.reload()
    expect(page.locator(".empty")).to_contain_text("knows of no backup")
