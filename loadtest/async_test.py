"""Async buyers: each is answered 202 at once and buys again after 0.1 to 0.5 s; 20 of them make about 60 orders/s."""

import recorder  # noqa: F401  (listens to every request)
from answers import async_kind
from buyers import Buyer
from locust import task
from variables import WAY, seconds_between_visits


class AsyncBuyer(Buyer):
    path = f"/orders/async?way={WAY}" if WAY else "/orders/async"
    kind = async_kind(WAY)
    wait_seconds = seconds_between_visits(0.1, 0.5)

    @task
    def buy_and_leave(self):
        self.buy()
