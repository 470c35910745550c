"""Prints what Python's zoneinfo says of every time zone in a folder, from last year to the year after next.

Lines: `zone NAME`; `offset INSTANT SECONDS`; `civil CIVIL INSTANT`, where CIVIL is the civil time as seconds, as if it
were UTC. A civil time that is skipped or repeated is read with fold = 0: a skipped one moves forward, and a repeated
one is the earlier.
"""

import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

EPOCH = datetime(1970, 1, 1)
STEP = 6 * 3600


def main(folder):
    reset_tzpath([folder])
    year = datetime.now(timezone.utc).year
    first = int(datetime(year - 1, 1, 1, tzinfo=timezone.utc).timestamp())
    last = int(datetime(year + 3, 1, 1, tzinfo=timezone.utc).timestamp())
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        print("zone", name)

        def offset(instant):
            return int((EPOCH + timedelta(seconds=instant)).replace(tzinfo=timezone.utc).astimezone(zone)
                       .utcoffset().total_seconds())

        instants = set(range(first, last, 30 * 86_400))
        before = offset(first)
        for step in range(first, last, STEP):
            after = offset(step + STEP)
            if before != after:
                low, high = step, step + STEP
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (middle, high) if offset(middle) == before else (low, middle)
                instants.update([high - 1, high, high + 1])
            before = after
        civil = set()
        for instant in sorted(instants):
            seconds = offset(instant)
            print("offset", instant, seconds)
            # An hour and a half ahead and back reach into what a change of clocks skips or repeats.
            civil.update(instant + seconds + shift for shift in (-5400, -1800, 0, 1800, 5400))
        for seconds in sorted(civil):
            shown = (EPOCH + timedelta(seconds=seconds)).replace(tzinfo=zone, fold=0)
            print("civil", seconds, int(shown.timestamp()))


main(sys.argv[1])
