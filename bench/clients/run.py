"""What every client in Python does alike: arguments URL COUNT IN_FLIGHT, the order that it sends, the
line that it prints: how many were accepted in all, seconds, seconds of CPU."""

import os
import sys
import time

url, count, in_flight = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
ca_file = os.environ["SPREETAIL_CA_FILE"]


NOTE = (
    "Please leave the parcel with the neighbours at number 114 when nobody opens: the bell is loud, "
    "but the garden is long. The gate is open from seven in the morning until nine in the evening. Large "
    "parcels may be left in the shed behind the house, on the left, which is dry and has no lock. Thank you."
)


def address():
    return {
        "FullName": "Erika Mustermann",
        "Company": "Muster und Sohn Gartenbau GmbH",
        "Address1": "Breite Strasse 112",
        "Town": "Rheine",
        "PostCode": "48429",
        "CountryCode": "DE",
    }


def item(number):
    return {
        "SKU": f"SKU-0000{number}",
        "ItemTitle": "Garden chair, foldable, acacia, with green cushion",
        "Qty": number,
        "PricePerUnit": 19.99,
        "TaxRate": 19,
        "OrderLineNumber": str(number),
    }


def order(number):
    """The order of ../order.lua, made afresh each time, with a reference of its own."""
    return {
        "ReferenceNumber": f"BENCH-{number:07d}",
        "ReceivedDate": "2026-03-01T10:00:00Z",
        "DispatchBy": "2026-03-02T10:00:00Z",
        "Currency": "EUR",
        "PaymentStatus": "PAID",
        "ChannelBuyerName": "Erika Mustermann",
        "OrderItems": [item(1), item(2)],
        "DeliveryAddress": address(),
        "BillingAddress": address(),
        "Notes": NOTE,
    }


def credentials():
    """What is sent to log in."""
    return {
        "client_id": os.environ["SPREETAIL_CLIENT_ID"],
        "client_secret": os.environ["SPREETAIL_CLIENT_SECRET"],
    }


def bearer(login):
    """The headers that all orders have in common, out of the answer to the login."""
    return {"Authorization": "Bearer " + login["data"]["access_token"]}


class Stopwatch:
    """Between two calls of `start` and `stop`: seconds, and seconds of CPU in this process."""

    def start(self):
        self.began, self.cpu = time.monotonic(), time.process_time()

    def stop(self, accepted):
        seconds, cpu = time.monotonic() - self.began, time.process_time() - self.cpu
        print(f"{accepted} {seconds:.6f} {cpu:.6f}")


def measure(send_orders):
    """Measures `send_orders(numbers)`, which returns how many were accepted. Before that a few are
    sent, so that connections are there and everything has been loaded."""
    stopwatch = Stopwatch()
    accepted = send_orders(range(1, in_flight + 1))
    stopwatch.start()
    accepted += send_orders(range(in_flight + 1, in_flight + count + 1))
    stopwatch.stop(accepted)


async def measure_async(send_orders):
    """The same for a coroutine function."""
    stopwatch = Stopwatch()
    accepted = await send_orders(range(1, in_flight + 1))
    stopwatch.start()
    accepted += await send_orders(range(in_flight + 1, in_flight + count + 1))
    stopwatch.stop(accepted)
