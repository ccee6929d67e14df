# SPDX-License-Identifier: Apache-2.0
# Martlet: compares firings of cron expressions, as the tests wrote them, with the library croniter.
"""Reads lines `EXPRESSION<tab>AFTER<tab>NEXT,NEXT,...<tab>PREVIOUS`, all in seconds of UTC."""
import datetime
import sys

import croniter

UTC = datetime.timezone.utc


def main():
    wrong = count = 0
    for line in open(sys.argv[1], encoding="ascii"):
        text, after, following, before = line.rstrip("\n").split("\t")
        start = datetime.datetime.fromtimestamp(int(after), UTC)
        options = {"second_at_beginning": True, "implement_cron_bug": True, "max_years_between_matches": 60}
        forward = croniter.croniter(text, start, **options)
        expected = [int(forward.get_next(datetime.datetime).timestamp()) for _ in following.split(",")]
        backward = int(croniter.croniter(text, start, **options).get_prev(datetime.datetime).timestamp())
        count += 1
        if expected != [int(second) for second in following.split(",")] or backward != int(before):
            wrong += 1
            if wrong <= 20:
                print(f"{line.rstrip()!r} but croniter says {expected} and {backward}")
    print(f"{count} compared, {wrong} differ")
    return 1 if wrong or not count else 0


sys.exit(main())
