#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Martlet: turns fault knobs at a real installation, and says whether each fires its alert and no other.

    ./dev knobs [NAME...] [--list] [--self-test] [--json]
"""
import argparse
import json
import signal
import sys
import time
from pathlib import Path

import catalog
import report
import selftest
from stage import Stage
from trial import Trial


def arguments():
    parser = argparse.ArgumentParser(prog="./dev knobs", description="Turns fault knobs and watches which alerts arrive.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="the knobs to turn; all without any")
    parser.add_argument("--list", action="store_true", help="shows the knobs and the alerts without one")
    parser.add_argument("--self-test", action="store_true", help="turns knobs that must be reported as failures")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output, progress on standard error")
    for name in ("folder", "binaries", "postgres-binaries", "server-user"):
        parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
    return parser.parse_args()


def chosen(names):
    knobs = {knob.name: knob for knob in catalog.KNOBS}
    if unknown := [name for name in names if name not in knobs]:
        sys.exit(f"error: there is no knob '{unknown[0]}'; there are: {', '.join(sorted(knobs))}")
    return [knobs[name] for name in names] or catalog.KNOBS


def turn(stage, knobs, say):
    """Tries one after the other; after one that failed the installation is built anew."""
    outcomes = []
    for number, knob in enumerate(knobs, 1):
        say(f"[{number}/{len(knobs)}] {knob.name}: {knob.what}")
        outcome = Trial(stage, knob, lambda text: say(f"        {text}")).run()
        outcomes.append(outcome)
        say(f"        {report.line(outcome)}")
        if outcome.problems and number < len(knobs):
            stage.tear_down()
            stage.build()
    return outcomes


def main():
    options = arguments()
    if options.list:
        return print(report.listing(catalog.KNOBS, catalog.NOT_TURNED))
    out = sys.stderr if options.json else sys.stdout

    def say(text):
        print(text, file=out, flush=True)

    knobs = selftest.KNOBS if options.self_test else chosen(options.names)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    stage = Stage(Path(__file__).resolve().parents[3], options.folder, options.binaries, options.postgres_binaries, options.server_user)
    try:
        say("Starting PostgreSQL, Redis, two APIs, two workers, two health aggregators, Prometheus and Alertmanager")
        stage.build()
        catalog.check(stage.watchers.alerts)
        outcomes = turn(stage, knobs, say)
    finally:
        stage.tear_down()
        stage.receiver.close()
    good = selftest.judge(outcomes) if options.self_test else all(outcome.passed for outcome in outcomes)
    seconds = time.monotonic() - began
    say(report.table(outcomes, seconds))
    if options.json:
        print(json.dumps(report.as_json(outcomes, seconds, good)))
    return sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
