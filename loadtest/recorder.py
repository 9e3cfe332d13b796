"""With REQUEST_LOG=FILE: one JSON line per request, and Locust's own use of the processor every second.

The sale draws every figure from this file. It costs a few microseconds a request.
"""

import json
import os
import time

import gevent
import psutil
from locust import events

PATH = os.environ.get("REQUEST_LOG")
_process = psutil.Process()
_file = None


def _write(line):
    if _file and not _file.closed:
        _file.write(json.dumps(line) + "\n")


def _flush_and_measure():
    while _file and not _file.closed:
        # cpu_percent() counts since its last call: 100 is one whole core.
        _write({"event": "cpu", "at": time.time(), "percent": _process.cpu_percent()})
        _file.flush()
        gevent.sleep(1)


def _start(environment, **_):
    global _file
    # Appended to, so that several processes of one distributed run can share the file.
    _file = open(PATH, "a", encoding="utf-8")
    _process.cpu_percent()
    _write({"event": "start", "at": time.time()})
    gevent.spawn_later(1, _flush_and_measure)


def _end_of_window(environment, **_):
    _write({"event": "end", "at": time.time()})


def _stop(environment, **_):
    _write({"event": "stop", "at": time.time()})
    _file.close()


def _request(name, start_time, response_time, response, exception, context, **_):
    line = {
        "at": start_time,
        "name": name,
        "status": getattr(response, "status_code", 0) or 0,
        "ms": round(response_time, 2),
    }
    if exception:
        line["error"] = str(exception)[:200]
    if context.get("order_id"):
        line["order_id"] = context["order_id"]
    _write(line)


if PATH:
    events.test_start.add_listener(_start)
    events.test_stopping.add_listener(_end_of_window)
    events.test_stop.add_listener(_stop)
    events.request.add_listener(_request)
