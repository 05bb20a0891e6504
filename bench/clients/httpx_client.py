"""httpx: a client that waits for each answer."""

import httpx

import run

client = httpx.Client(http2=True, verify=run.ca_file)
login = client.post(run.url + "/auth/login", json=run.credentials())
client.headers.update(run.bearer(login.json()))


def send_orders(numbers):
    accepted = 0
    for number in numbers:
        response = client.post(run.url + "/outbound", json=run.order(number))
        response.raise_for_status()
        accepted += response.json()["success"]
    return accepted


run.measure(send_orders)
