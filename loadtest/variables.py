"""The variables that the buyers read. A wrong one is refused by name before anything is sent, all of them at once."""

import os
import re
import sys
import uuid

# What the service takes for an Idempotency-Key; buyer and order are added to it, and leave 200 of its 255 characters.
KEY = re.compile(r"[\x21\x23-\x2b\x2d-\x7e]{1,200}")

_faults = []


def _read(name, default, rule, value_of):
    """A variable that is not set, or empty, has its default."""
    text = os.environ.get(name) or str(default)
    try:
        value = value_of(text)
    except ValueError:
        value = None
    if value is None:
        _faults.append(f"{name} must be {rule}, got {text!r}")
    return value


def _number(name, default, least, most, kind=float):
    rule = f"a {'whole ' if kind is int else ''}number from {least} to {most}"
    return _read(name, default, rule, lambda text: number if least <= (number := kind(text)) <= most else None)


def _choice(name, *choices):
    return _read(name, "", f"{' or '.join(choices)}, or not set", lambda text: text if text in ("", *choices) else None)


def seconds_between_visits(least, most):
    """WAIT_MIN_SECONDS and WAIT_MAX_SECONDS, or the document's wait."""
    shortest = _number("WAIT_MIN_SECONDS", least, 0, 3600)
    longest = _number("WAIT_MAX_SECONDS", most, 0, 3600)
    if None not in (shortest, longest) and shortest > longest:
        _faults.append(f"WAIT_MAX_SECONDS must not be less than WAIT_MIN_SECONDS, {shortest:g}, got {longest:g}")
    refuse_faults()
    return shortest, longest


def refuse_faults():
    if _faults:
        print("\n".join(_faults), file=sys.stderr)
        sys.exit(2)


SEED = _number("SEED", 1, 0, 2**31, int)
LOOK_UP_SHARE = _number("LOOK_UP_SHARE", 0.05, 0, 1)
# Once the run is over; Locust's --stop-timeout has to leave the time.
FOLLOW_SECONDS = _number("FOLLOW_SECONDS", 0, 0, 3600)
# 0: no limit.
MAX_ORDERS = _number("MAX_ORDERS", 0, 0, 10**9, int)
# Part of every Idempotency-Key: a second run with the same seed sends the same orders as new ones.
RUN_ID = _read(
    "RUN_ID",
    uuid.uuid4().hex[:12],
    "1 to 200 visible ASCII characters without a comma or a quote, since it is part of each Idempotency-Key",
    lambda text: text if KEY.fullmatch(text) else None,
)
# queued or direct; without it the service's own ASYNC_WAY decides.
WAY = _choice("WAY", "queued", "direct")
# The only item that buyers want, 1 to 3 of it; without it they choose from a catalogue.
STOCKED_ITEM = _read("STOCKED_ITEM", "", "at most 64 characters", lambda text: text if len(text) <= 64 else None)
REQUEST_LOG = _read(
    "REQUEST_LOG",
    "",
    "a file in a folder that is there",
    lambda text: text if os.path.isdir(os.path.dirname(os.path.abspath(text))) and not os.path.isdir(text) else None,
)
