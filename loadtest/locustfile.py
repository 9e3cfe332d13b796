"""Sync buyers: each waits for the payment's answer, then 1 to 3 s, then buys again."""

import recorder  # noqa: F401  (listens to every request)
from buyers import Buyer, seconds_from_environment
from locust import task


class SyncBuyer(Buyer):
    path = "/orders/sync"
    row = "POST /orders/sync"
    accepted_status = 200
    accepted_states = ("completed",)
    ways = ("sync",)
    wait_seconds = seconds_from_environment(1, 3)

    @task
    def buy_and_wait(self):
        self.buy()
