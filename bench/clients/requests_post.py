"""requests.post for each order, as in the first example of every tutorial: a connection each time."""

import requests

import run

login = requests.post(run.url + "/auth/login", json=run.credentials(), verify=run.ca_file)
headers = run.bearer(login.json())


def send_orders(numbers):
    accepted = 0
    for number in numbers:
        response = requests.post(
            run.url + "/outbound", json=run.order(number), headers=headers, verify=run.ca_file
        )
        response.raise_for_status()
        accepted += response.json()["success"]
    return accepted


run.measure(send_orders)
