# SPDX-License-Identifier: Apache-2.0
# Martlet: the browser, the server and the watch over errors that all tests share.

"""Fixtures: `server` (an address), `world` (sets the scenario, stand-in only), `real` (a real aggregator that is well) and `page` (fails on script errors)."""

import os

import pytest
from playwright.sync_api import sync_playwright
from real import Real
from scenarios import World
from standin import StandIn

CHROMIUM = os.environ.get("MARTLET_CHROMIUM", "/usr/bin/chromium")
DEADLINE = 10_000


@pytest.fixture(scope="session")
def stand_in():
    if os.environ.get("MARTLET_HEALTH_URL"):
        yield None
        return
    server = StandIn().begin()
    yield server
    server.shutdown()


@pytest.fixture
def server(stand_in):
    if stand_in is None:
        return os.environ["MARTLET_HEALTH_URL"].rstrip("/")
    stand_in.world = World("up")
    return stand_in.url


@pytest.fixture
def world(stand_in, server):
    """Sets the state of the world by name; returns the stand-in server."""
    if stand_in is None:
        pytest.skip("only the stand-in server can set the state of the world")

    def choose(name):
        stand_in.world = World(name)
        return stand_in

    return choose


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def context_options():
    return {}


@pytest.fixture(scope="session")
def real_system():
    if os.environ.get("MARTLET_HEALTH_URL"):
        pytest.skip("these tests start an aggregator of their own")
    system = Real()
    try:
        system.seed_year()
        yield system.begin()
    finally:
        system.end()


@pytest.fixture
def real(real_system):
    """A real aggregator that finds everything well."""
    real_system.heal()
    return real_system


# The browser itself writes a line for each answer that is a refusal, and for each that does not come.
EXPECTED = ("the server responded with a status of 401", "the server responded with a status of 404", "the server responded with a status of 409", "net::ERR_")


@pytest.fixture
def make_page(browser, context_options):
    """Makes pages that fail the test if a script threw, the content policy stopped something or the console shows an error."""
    contexts, wrong = [], []

    def look(message):
        text = message.text
        if "Content Security Policy" in text or "TrustedHTML" in text:
            wrong.append(text)
        elif message.type == "error" and not any(each in text for each in EXPECTED):
            wrong.append(text)

    def make():
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 900}, "timezone_id": "Europe/Berlin", **context_options}
        )
        contexts.append(context)
        context.set_default_timeout(DEADLINE)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", look)
        return page

    yield make
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def page(make_page):
    return make_page()
