"""What an answer of the service means to a buyer. Knows nothing of Locust, so that recorded answers can be judged too."""

import json
from dataclasses import dataclass, field

REFUSED = (429, 503)
SOLD_OUT = ("urn:flash-sale:problem:sold-out", "urn:flash-sale:problem:customer-limit")
IN_PROGRESS = "urn:flash-sale:problem:order-in-progress"


@dataclass(frozen=True)
class Kind:
    """A kind of request, and the states in which its order may be answered."""

    row: str
    status: int
    states: tuple[str, ...]
    ways: tuple[str, ...]
    # States of an order that an earlier request with the same key has placed.
    replayed_states: tuple[str, ...] = ()
    can_be_declined: bool = False


ASYNC_WAYS = ("queued", "direct")
SYNC = Kind("POST /orders/sync", 200, ("completed",), ("sync",), ("completed",), can_be_declined=True)
LOOK_UP = Kind("GET /orders/{order_id}", 200, ("pending", "completed", "declined"), ("sync", *ASYNC_WAYS))


def async_kind(way):
    ways = (way,) if way else ASYNC_WAYS
    return Kind("POST /orders/async", 202, ("pending",), ways, ("pending", "completed", "declined"))


@dataclass
class Answer:
    status: int
    text: str | bytes
    headers: dict = field(default_factory=dict)

    @property
    def body(self):
        try:
            return json.loads(self.text)
        except (TypeError, ValueError):
            return None

    def header(self, name):
        return {key.lower(): value for key, value in self.headers.items()}.get(name)

    @property
    def is_replayed(self):
        return self.header("idempotent-replayed") == "true"

    @property
    def retry_after(self):
        """Seconds after which to look the order up; None where there is nothing to wait for."""
        text = self.header("retry-after") or ""
        return int(text) if text.isdecimal() else None


@dataclass
class Verdict:
    # A row of its own in Locust's table: what is neither an order nor a failure.
    row: str
    # Kept even when the rest is wrong: an order that was answered 2xx has to be in the books.
    order_id: str | None = None
    fault: str | None = None


def judge(kind, answer, basket, order_id=None):
    """Holds an answer against what was sent; for a look-up also against the id that was asked for."""
    body = answer.body
    if answer.status in REFUSED:
        return Verdict(f"{kind.row} [refused]")
    if answer.status == kind.status:
        states = kind.replayed_states if answer.is_replayed else kind.states
        verdict = _judge_order(kind.row, body, basket, states, kind.ways, order_id)
        if not verdict.fault and body["status"] == "pending" and not answer.retry_after:
            verdict.fault = "the order is pending, and Retry-After does not say when to look it up"
        return verdict
    if answer.status == 402 and kind.can_be_declined:
        order = body.get("order") if isinstance(body, dict) else None
        return _judge_order(f"{kind.row} [declined]", order, basket, ("declined",), kind.ways)
    if answer.status == 409 and isinstance(body, dict) and body.get("type") in SOLD_OUT:
        return Verdict(f"{kind.row} [sold out]")
    # A repeat of an order whose first request is still paying.
    if answer.status == 409 and isinstance(body, dict) and body.get("type") == IN_PROGRESS:
        return Verdict(f"{kind.row} [in progress]")
    return Verdict(kind.row, fault=f"unexpected status {answer.status}: {_reason(body)}")


def _judge_order(row, order, basket, states, ways, order_id=None):
    found = order.get("order_id") if isinstance(order, dict) else None
    return Verdict(row, found, _fault_of(order, basket, states, ways, order_id))


def _fault_of(order, basket, states, ways, order_id):
    """The first thing that is wrong with an order the service answered, or None."""
    if not isinstance(order, dict):
        return "the body has no order"
    cents = sum(round(item["price"] * 100) * item["quantity"] for item in basket["items"])
    expected = {"customer_id": basket["customer_id"], "items": basket["items"], "total_cents": cents}
    if order_id:
        expected["order_id"] = order_id
    for name, value in expected.items():
        if order.get(name) != value:
            return f"{name} is not what was sent"
    if order.get("status") not in states:
        return f"status {order.get('status')!r} is none of {', '.join(states)}"
    if order.get("way") not in ways:
        return f"way {order.get('way')!r} is none of {', '.join(ways)}"
    missing = [name for name in ("order_id", "created_at") if not order.get(name)]
    return f"{missing[0]} is missing" if missing else None


def _reason(body):
    """What a problem of the service, or a message of the gateway, says."""
    if not isinstance(body, dict):
        return "no JSON object"
    broken = [error for error in body.get("errors", []) if isinstance(error, dict)]
    rules = [" ".join(str(value) for value in error.values()) for error in broken]
    return ": ".join(str(text) for text in (body.get("title") or body.get("message"), body.get("detail"), *rules) if text)
