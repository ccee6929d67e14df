# SPDX-License-Identifier: Apache-2.0
# Martlet: compares offsets and local times, as the tests wrote them, with Python's zoneinfo.
"""Reads lines `o ZONE SECONDS OFFSET` and `i ZONE LOCAL SECONDS,SECONDS` (local: seconds as if in UTC)."""
import datetime
import sys
import zoneinfo

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1)
SECOND = datetime.timedelta(seconds=1)


def instants(zone, local):
    """All seconds at which the zone shows a local time."""
    shown = EPOCH + local * SECOND
    found = set()
    for fold in (0, 1):
        aware = shown.replace(tzinfo=zone, fold=fold)
        seconds = (shown - EPOCH - aware.utcoffset()) // SECOND
        back = (EPOCH.replace(tzinfo=UTC) + seconds * SECOND).astimezone(zone)
        if back.replace(tzinfo=None, fold=0) == shown:
            found.add(seconds)
    return sorted(found)


def main():
    wrong = count = 0
    for line in open(sys.argv[1], encoding="ascii"):
        kind, name, number, expected = line.rstrip("\n").split(" ")
        zone = zoneinfo.ZoneInfo(name)
        if kind == "o":
            moment = EPOCH.replace(tzinfo=UTC) + int(number) * SECOND
            answer = str(moment.astimezone(zone).utcoffset() // SECOND)
        else:
            answer = ",".join(str(second) for second in instants(zone, int(number)))
        count += 1
        if answer != expected:
            wrong += 1
            if wrong <= 20:
                print(f"{line.rstrip()} but zoneinfo says {answer}")
    print(f"{count} compared, {wrong} differ")
    return 1 if wrong or not count else 0


sys.exit(main())
