"""What sync and async buyers have in common: a seeded basket, one order, and a check of what came back."""

import itertools
import os
import random
import uuid

import gevent
from locust import FastHttpUser
from locust.exception import StopUser

SEED = os.environ.get("SEED", "1")
LOOK_UP_SHARE = float(os.environ.get("LOOK_UP_SHARE", "0.05"))
MAX_ORDERS = int(os.environ.get("MAX_ORDERS", "0"))
# Part of every Idempotency-Key: a second run with the same seed sends the same orders as new ones.
RUN_ID = os.environ.get("RUN_ID") or uuid.uuid4().hex[:12]

REFUSED = (429, 503)
CATALOGUE = [
    ("item-1", "Espresso machine", 24_900),
    ("item-2", "Burr grinder", 8_999),
    ("item-3", "Milk jug", 1_450),
    ("item-4", "Tamper", 2_999),
    ("item-5", "Scale", 3_905),
    ("item-6", "Cup, set of six", 2_729),
    ("item-7", "Knock box", 1_999),
    ("item-8", "Beans, 1 kg", 2_350),
]

_buyer_numbers = itertools.count()
_orders_sent = itertools.count(1)


class Buyer(FastHttpUser):
    abstract = True
    insecure = False
    # Longer than the 30 s after which the gateway answers in the function's place.
    connection_timeout = 10.0
    network_timeout = 35.0

    path = ""
    row = ""
    accepted_status = 0
    accepted_states: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    wait_seconds = (0.0, 0.0)

    def __init__(self, environment):
        super().__init__(environment)
        worker = getattr(environment.runner, "worker_index", 0)
        self.number = f"{worker}-{next(_buyer_numbers)}"
        self.random = random.Random(f"{SEED}/{self.number}")
        self.orders = 0

    def wait_time(self):
        return self.random.uniform(*self.wait_seconds)

    def buy(self):
        """Places one order and now and then looks it up, which is part of the same visit: no wait between."""
        number = next(_orders_sent)
        if MAX_ORDERS and number > MAX_ORDERS:
            # quit() waits for every buyer to end, this one included, so it may not run in a buyer's own greenlet.
            if number == MAX_ORDERS + 1:
                gevent.spawn(self.environment.runner.quit)
            raise StopUser
        basket, looks_up = self._basket(), self.random.random() < LOOK_UP_SHARE
        self.orders += 1
        order_id = self._place(basket, f"{RUN_ID}-{self.number}-{self.orders}")
        if order_id and looks_up:
            self._look_up(order_id, basket)

    def _basket(self):
        items = [
            {"item_id": item_id, "name": name, "price": cents / 100, "quantity": self.random.randint(1, 3)}
            for item_id, name, cents in self.random.sample(CATALOGUE, self.random.randint(1, 3))
        ]
        return {"customer_id": self.random.randint(1, 1_000_000), "items": items}

    def _place(self, basket, key):
        headers = {"Idempotency-Key": key}
        with self.client.post(
            self.path, json=basket, headers=headers, name=self.row, catch_response=True
        ) as response:
            if response.status_code in REFUSED:
                response.request_meta["name"] = f"{self.row} [refused]"
                response.success()
                return None
            if response.status_code == 402:
                response.request_meta["name"] = f"{self.row} [declined]"
                return self._checked(response, basket, ("declined",))
            if response.status_code == self.accepted_status:
                return self._checked(response, basket, self.accepted_states)
            if response.status_code:
                response.failure(f"unexpected status {response.status_code}: {title_of(response)}")
            return None

    def _look_up(self, order_id, basket):
        with self.client.get(
            f"/orders/{order_id}", name="GET /orders/{order_id}", catch_response=True
        ) as response:
            if response.status_code == 200:
                self._checked(response, basket, ("pending", "completed", "declined"), order_id)
            elif response.status_code:
                response.failure(f"unexpected status {response.status_code}: {title_of(response)}")

    def _checked(self, response, basket, states, order_id=None):
        order = body_of(response)
        # Recorded even when the rest is wrong: an order that was answered 2xx has to be in the books.
        accepted_id = order.get("order_id") if isinstance(order, dict) else None
        response.request_meta["context"]["order_id"] = accepted_id
        fault = fault_of(order, basket, states, self.ways, order_id)
        if fault:
            response.failure(fault)
            return None
        response.success()
        return accepted_id


def fault_of(order, basket, states, ways, order_id=None):
    """The first thing that is wrong with an order the service answered, or None."""
    if not isinstance(order, dict):
        return "the body is no JSON object"
    cents = sum(round(item["price"] * 100) * item["quantity"] for item in basket["items"])
    expected = {"customer_id": basket["customer_id"], "items": basket["items"], "total_cents": cents}
    if order_id:
        expected["order_id"] = order_id
    for field, value in expected.items():
        if order.get(field) != value:
            return f"{field} is not what was sent"
    if order.get("status") not in states:
        return f"status {order.get('status')!r} is none of {', '.join(states)}"
    if order.get("way") not in ways:
        return f"way {order.get('way')!r} is none of {', '.join(ways)}"
    missing = [field for field in ("order_id", "created_at") if not order.get(field)]
    return f"{missing[0]} is missing" if missing else None


def body_of(response):
    try:
        return response.json()
    except ValueError:
        return None


def title_of(response):
    body = body_of(response)
    return (body.get("title") or body.get("message")) if isinstance(body, dict) else "no JSON body"


def seconds_from_environment(least, most):
    """The wait between two visits, in seconds: WAIT_MIN_SECONDS and WAIT_MAX_SECONDS, or the document's."""
    return (
        float(os.environ.get("WAIT_MIN_SECONDS", least)),
        float(os.environ.get("WAIT_MAX_SECONDS", most)),
    )
