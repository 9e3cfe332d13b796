"""Judges recorded answers as the buyers do: a JSON list on stdin, and their verdicts as another on stdout."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from answers import LOOK_UP, SYNC, Answer, async_kind, judge  # noqa: E402

KINDS = {"sync": SYNC, "queued": async_kind("queued"), "direct": async_kind("direct"), "any": async_kind(""), "look-up": LOOK_UP}

verdicts = [
    judge(KINDS[asked["kind"]], Answer(asked["status"], asked["text"], asked["headers"]), asked["basket"], asked.get("order_id"))
    for asked in json.load(sys.stdin)
]
json.dump([vars(verdict) for verdict in verdicts], sys.stdout)
