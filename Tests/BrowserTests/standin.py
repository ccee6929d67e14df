# SPDX-License-Identifier: Apache-2.0
# Martlet: a small server that stands in for martlet-health, for tests and for work on the pages.

"""Run `python standin.py [port] [scenario]`; POST /__scenario/NAME switches the state of the world."""

import hashlib
import json
import sys
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import operators_data
from scenarios import World, iso, now

PAGES = Path(__file__).resolve().parent.parent.parent / "Services" / "Health" / "Pages"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Trusted types are beyond what martlet-health has to send; here they prove that no script writes markup.
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
KEY = "test-key"


def bare(document):
    """Without members that are null: martlet-health leaves them out."""
    if isinstance(document, dict):
        return {name: bare(value) for name, value in document.items() if value is not None}
    return [bare(value) for value in document] if isinstance(document, list) else document


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def setup(self):
        super().setup()
        self.connection.settimeout(20)

    @property
    def world(self):
        return self.server.world

    def answer(self, status, body=b"", kind="application/json", headers=()):
        if not isinstance(body, bytes):
            body = json.dumps(bare(body)).encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", POLICY),
            ("X-Content-Type-Options", "nosniff"),
            *headers,
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def problem(self, status, title, detail):
        self.answer(status, {"title": title, "detail": detail, "errors": []}, "application/problem+json")

    def tagged(self, document):
        body = json.dumps(bare(document)).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == tag:
            self.server.not_modified += 1
            return self.answer(304, b"", headers=(("ETag", tag),))
        return self.answer(200, body, headers=(("ETag", tag),))

    def page(self, name):
        path = (PAGES / name).resolve()
        if PAGES not in path.parents or not path.is_file():
            return self.problem(404, "Not found", f"There is no {name}.")
        return self.answer(200, path.read_bytes(), TYPES.get(path.suffix, "application/octet-stream"))

    def body(self):
        length = int(self.headers.get("Content-Length") or 0)
        return json.loads(self.rfile.read(length) or b"{}") if length <= 65536 else {}

    def do_GET(self):
        url = urlsplit(self.path)
        path, query = unquote(url.path), {key: values[0] for key, values in parse_qs(url.query).items()}
        if path == "/":
            return self.page("status.html")
        if path == "/operators":
            return self.page("operators.html")
        if path.startswith("/assets/"):
            return self.page(path[1:])
        if path == "/__facts":
            return self.answer(
                200,
                {
                    "not_modified": self.server.not_modified,
                    "subscribed": self.world.subscribed,
                    "tested": self.world.tested,
                },
            )
        if path.startswith("/incidents/") and not path.endswith(".json"):
            return self.page("incident.html")
        if self.world.name == "gone":
            self.close_connection = True
            return None
        if path == "/status.json":
            return self.tagged(self.world.public())
        if path == "/incidents.json":
            return self.answer(200, self.incidents(query))
        if path.startswith("/incidents/"):
            found = next((each for each in self.world.incidents if each["id"] == path[11:-5]), None)
            return self.tagged(found) if found else self.problem(404, "Not found", "There is no such incident.")
        if path.startswith("/feed."):
            return self.answer(200, b"<rss/>", "application/rss+xml")
        if path.startswith("/v1/"):
            return (
                self.operators(path, query) if self.allowed() else self.problem(401, "Unauthorized", "Send an API key.")
            )
        return self.problem(404, "Not found", f"There is no {path}.")

    def allowed(self):
        return self.world.name != "key" or self.headers.get("Authorization") == f"Bearer {KEY}"

    def incidents(self, query):
        listed = sorted(self.world.incidents, key=lambda each: each["started_at"], reverse=True)
        if "state" in query:
            listed = [each for each in listed if each["status"] == query["state"]]
        if "before" in query:
            position = next((index for index, each in enumerate(listed) if each["id"] == query["before"]), -1)
            listed = listed[position + 1 :]
        limit = int(query.get("limit", 50))
        return {"incidents": listed[:limit], "next": listed[limit - 1]["id"] if len(listed) > limit else None}

    def operators(self, path, query):
        world = self.world
        if path == "/v1/checks":
            return self.tagged(operators_data.checks(world))
        if path.startswith("/v1/checks/"):
            return self.answer(
                200, operators_data.history(world, path.split("/")[3], query["from"], query["to"], query["step"])
            )
        if path.endswith("/report"):
            incident = next(each for each in world.incidents if each["id"] == path.split("/")[3])
            return self.answer(
                200,
                f"# {incident['title']}\n\nStarted {incident['started_at']}.\n".encode(),
                "text/markdown; charset=utf-8",
            )
        if "before" in query and world.is_away:
            return self.problem(409, "The ledger is away", "Older ones can't be read now.")
        answers = {
            "/v1/incidents": lambda: self.incidents(query),
            "/v1/events": lambda: operators_data.events(world, query),
            "/v1/maintenance": lambda: {"maintenance": world.windows},
            "/v1/backups": lambda: operators_data.backups(world),
            "/v1/slos": lambda: operators_data.slos(world),
            "/v1/aggregators": lambda: operators_data.aggregators(world),
            "/v1/receivers": lambda: operators_data.receivers(world),
        }
        return self.answer(200, answers[path]()) if path in answers else self.problem(404, "Not found", path)

    def do_POST(self):
        path = unquote(urlsplit(self.path).path)
        body = self.body()
        if path.startswith("/__scenario/"):
            self.server.world = World(path.split("/")[2])
            return self.answer(204)
        if path == "/subscriptions":
            if body.get("email") == "taken@example.com":
                return self.problem(409, "Already subscribed", "This address is subscribed already.")
            self.world.subscribed.append(body)
            return self.answer(202, {"status": "confirmation sent"})
        if not self.allowed():
            return self.problem(401, "Unauthorized", "Send an API key.")
        parts = path.strip("/").split("/")
        if parts[:2] == ["v1", "incidents"] and len(parts) == 4:
            return self.act(parts[2], parts[3], body)
        if parts[:2] == ["v1", "receivers"]:
            self.world.tested.append(parts[2])
            return self.answer(202, {"status": "queued"})
        if path == "/v1/maintenance":
            return self.add_window(body)
        return self.problem(404, "Not found", path)

    def act(self, identity, action, body):
        incident = next(each for each in self.world.incidents if each["id"] == identity)
        kind = {"acknowledge": "acknowledged", "comment": "comment", "resolve": "resolved"}[action]
        if action != "comment":
            incident["status"] = kind
            incident[f"{kind}_at"] = iso(now())
            incident[f"{kind}_by"] = body["by"]
        incident["updates"].append({"at": iso(now()), "kind": kind, "text": body.get("text", ""), "by": body["by"]})
        return self.answer(200, incident)

    def add_window(self, body):
        if not body.get("checks") and not body.get("groups"):
            return self.problem(422, "Invalid window", "A window has to cover at least one check or group.")
        window = {
            "id": f"w{len(self.world.windows) + 10}",
            "active": False,
            "source": "api",
            "checks": [],
            "groups": [],
            **body,
        }
        window.setdefault("starts_at", iso(now() + timedelta(days=1)))
        window.setdefault("ends_at", iso(now() + timedelta(days=1, hours=2)))
        self.world.windows.append(window)
        return self.answer(201, window)

    def do_DELETE(self):
        identity = self.path.split("/")[-1]
        window = next((each for each in self.world.windows if each["id"] == identity), None)
        if window is None or window["source"] == "file":
            return self.problem(409, "Conflict", "This window comes from the configuration file.")
        self.world.windows.remove(window)
        return self.answer(204)


class StandIn(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port=0, scenario="up"):
        super().__init__(("127.0.0.1", port), Handler)
        self.world = World(scenario)
        self.not_modified = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def begin(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self


if __name__ == "__main__":
    server = StandIn(int(sys.argv[1]) if len(sys.argv) > 1 else 8099, sys.argv[2] if len(sys.argv) > 2 else "up")
    print(server.url)
    server.serve_forever()
