"""Async buyers: each is answered 202 at once and buys again after 0.1 to 0.5 s; 20 of them make about 60 orders/s."""

import os
import sys

import recorder  # noqa: F401  (listens to every request)
from buyers import Buyer, seconds_from_environment
from locust import task

# queued or direct; without WAY the service's own ASYNC_WAY decides.
WAY = os.environ.get("WAY", "")
if WAY not in ("", "queued", "direct"):
    sys.exit(f'WAY must be queued or direct, or not set, got "{WAY}"')


class AsyncBuyer(Buyer):
    path = f"/orders/async?way={WAY}" if WAY else "/orders/async"
    row = "POST /orders/async"
    accepted_status = 202
    accepted_states = ("pending",)
    ways = (WAY,) if WAY else ("queued", "direct")
    wait_seconds = seconds_from_environment(0.1, 0.5)

    @task
    def buy_and_leave(self):
        self.buy()
