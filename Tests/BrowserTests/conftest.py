# SPDX-License-Identifier: Apache-2.0
# Martlet: the browser, the server and the watch over errors that all tests share.

"""Fixtures: `server` (an address), `world` (sets the scenario, stand-in only) and `page` (fails on script errors)."""

import os

import pytest
from playwright.sync_api import sync_playwright
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


@pytest.fixture
def page(browser, context_options):
    """A page that fails the test if a script threw or the content policy stopped something."""
    context = browser.new_context(
        **{"viewport": {"width": 1280, "height": 900}, "timezone_id": "Europe/Berlin", **context_options}
    )
    context.set_default_timeout(DEADLINE)
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console",
        lambda message: (
            wrong.append(message.text)
            if "Content Security Policy" in message.text or "TrustedHTML" in message.text
            else None
        ),
    )
    yield page
    context.close()
    assert wrong == []
