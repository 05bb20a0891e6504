"""requests with a session, which keeps its connection."""

import requests

import run

session = requests.Session()
session.verify = run.ca_file
login = session.post(run.url + "/auth/login", json=run.credentials())
session.headers.update(run.bearer(login.json()))


def send_orders(numbers):
    accepted = 0
    for number in numbers:
        response = session.post(run.url + "/outbound", json=run.order(number))
        response.raise_for_status()
        accepted += response.json()["success"]
    return accepted


run.measure(send_orders)
