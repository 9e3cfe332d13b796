"""What sync and async buyers have in common: a seeded basket, one order, and what becomes of it.

An order that is followed is looked up beside the next orders of its buyer, as Retry-After says, until it has ended.
"""

import itertools
import random
import sys

import gevent
from answers import LOOK_UP, REFUSED, Answer, judge
from locust import FastHttpUser, events
from locust.exception import StopUser
from locust.runners import WorkerRunner
from variables import FOLLOW_SECONDS, LOOK_UP_SHARE, MAX_ORDERS, RUN_ID, SEED, STOCKED_ITEM

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
    kind = None
    wait_seconds = (0.0, 0.0)

    def __init__(self, environment):
        # A path follows, which begins with its own.
        self.host = self.host and self.host.rstrip("/")
        super().__init__(environment)
        worker = getattr(environment.runner, "worker_index", 0)
        self.number = f"{worker}-{next(_buyer_numbers)}"
        self.random = random.Random(f"{SEED}/{self.number}")
        self.orders = 0
        self.followers = set()

    def on_stop(self):
        gevent.joinall(self.followers, timeout=FOLLOW_SECONDS)
        gevent.killall(self.followers)

    def wait_time(self):
        return self.random.uniform(*self.wait_seconds)

    def buy(self):
        """Places one order, and follows some of them."""
        number = next(_orders_sent)
        if MAX_ORDERS and number > MAX_ORDERS:
            # quit() waits for every buyer to end, this one included, so it may not run in a buyer's own greenlet.
            if number == MAX_ORDERS + 1:
                gevent.spawn(self.environment.runner.quit)
            raise StopUser
        basket, is_followed = self._basket(), self.random.random() < LOOK_UP_SHARE
        self.orders += 1
        order_id, answer = self._place(basket, f"{RUN_ID}-{self.number}-{self.orders}")
        if order_id and is_followed:
            follower = gevent.spawn(self._follow, order_id, basket, answer.retry_after or 0)
            self.followers.add(follower)
            follower.link(self.followers.discard)

    def _follow(self, order_id, basket, seconds):
        while seconds is not None:
            gevent.sleep(seconds)
            found, answer = self._look_up(order_id, basket)
            if found:
                seconds = answer.retry_after
            elif answer and answer.status < 500 and answer.status not in REFUSED:
                return
            else:
                # Whoever could not be told asks again: the gateway refuses without a word on when.
                seconds = (answer and answer.retry_after) or seconds or 1

    def _basket(self):
        items = [
            {"item_id": item_id, "name": name, "price": cents / 100, "quantity": self.random.randint(1, 3)}
            for item_id, name, cents in self._choice()
        ]
        return {"customer_id": self.random.randint(1, 1_000_000), "items": items}

    def _choice(self):
        if STOCKED_ITEM:
            return [(STOCKED_ITEM, "What everybody wants", 1_999)]
        return self.random.sample(CATALOGUE, self.random.randint(1, 3))

    def _place(self, basket, key):
        headers = {"Idempotency-Key": key}
        with self.client.post(
            self.path, json=basket, headers=headers, name=self.kind.row, catch_response=True
        ) as response:
            return _settle(response, self.kind, basket)

    def _look_up(self, order_id, basket):
        with self.client.get(f"/orders/{order_id}", name=LOOK_UP.row, catch_response=True) as response:
            return _settle(response, LOOK_UP, basket, order_id)


def _settle(response, kind, basket, order_id=None):
    """Tells Locust what an answer means; gives the order's id where all is right with it, and the answer."""
    if not response.status_code:
        # No answer came: Locust has the failure.
        return None, None
    answer = Answer(response.status_code, response.content, dict((response.headers or {}).items()))
    verdict = judge(kind, answer, basket, order_id)
    response.request_meta["name"] = verdict.row
    response.request_meta["context"]["order_id"] = verdict.order_id
    if verdict.fault:
        response.failure(verdict.fault)
        return None, answer
    response.success()
    return verdict.order_id, answer


def _fail_without_orders(environment, **_):
    """A run whose buyers were all turned away has shown nothing, though no answer was wrong."""
    options = environment.parsed_options
    # With --exit-code-on-error 0 whoever started it judges the answers.
    if isinstance(environment.runner, WorkerRunner) or options is None or not options.exit_code_on_error:
        return
    entries = environment.stats.entries.values()
    orders = [entry for entry in entries if entry.name.startswith("POST /orders/")]
    taken = sum(entry.num_requests - entry.num_failures for entry in orders if not entry.name.endswith(TURNED_AWAY))
    if taken == 0 and (orders or options.headless):
        print("No order was taken.", file=sys.stderr)
        environment.process_exit_code = 1


TURNED_AWAY = ("[refused]", "[sold out]", "[in progress]")
events.quitting.add_listener(_fail_without_orders)
