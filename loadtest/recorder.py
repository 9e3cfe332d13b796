"""With REQUEST_LOG=FILE: one JSON line per request, and Locust's own use of the processor every second.

The sale draws every figure from this file. It costs a few microseconds a request.
"""

import json
import os
import time

import gevent
import psutil
from locust import events
from variables import REQUEST_LOG

PATH = REQUEST_LOG
_file = None


def _write(line):
    # One write of a whole line to a file that is appended to: lines of several processes do not mix.
    if _file is not None:
        os.write(_file, (json.dumps(line) + "\n").encode())


def _measure():
    # Not before the run: with --processes the processes that send are made after this module was read.
    process = psutil.Process()
    process.cpu_percent()
    while True:
        gevent.sleep(1)
        if _file is None:
            return
        # cpu_percent() counts since its last call: 100 is one whole core.
        _write({"event": "cpu", "at": time.time(), "percent": process.cpu_percent()})


def _start(environment, **_):
    global _file
    _file = os.open(PATH, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    _write({"event": "start", "at": time.time()})
    gevent.spawn(_measure)


def _end_of_window(environment, **_):
    _write({"event": "end", "at": time.time()})


def _stop(environment, **_):
    global _file
    _write({"event": "stop", "at": time.time()})
    os.close(_file)
    _file = None


def _request(name, start_time, response_time, response, exception, context, **_):
    line = {
        "at": start_time,
        "name": name,
        "status": getattr(response, "status_code", 0) or 0,
        "ms": round(response_time, 2),
    }
    if exception:
        line["error"] = str(exception)[:300]
    if context.get("order_id"):
        line["order_id"] = context["order_id"]
    _write(line)


if PATH:
    events.test_start.add_listener(_start)
    events.test_stopping.add_listener(_end_of_window)
    events.test_stop.add_listener(_stop)
    events.request.add_listener(_request)
