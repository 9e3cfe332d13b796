"""Sync buyers: each waits for the payment's answer, then 1 to 3 s, then buys again."""

import recorder  # noqa: F401  (listens to every request)
from answers import SYNC
from buyers import Buyer
from locust import task
from variables import seconds_between_visits


class SyncBuyer(Buyer):
    path = "/orders/sync"
    kind = SYNC
    wait_seconds = seconds_between_visits(1, 3)

    @task
    def buy_and_wait(self):
        self.buy()
