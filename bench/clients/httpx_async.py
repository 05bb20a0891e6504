"""httpx on asyncio: so many tasks, each of which sends one order after the other."""

import asyncio

import httpx

import run


async def main():
    limits = httpx.Limits(max_connections=run.in_flight, max_keepalive_connections=run.in_flight)
    async with httpx.AsyncClient(http2=True, verify=run.ca_file, limits=limits, timeout=60) as client:
        login = await client.post(run.url + "/auth/login", json=run.credentials())
        client.headers.update(run.bearer(login.json()))

        async def worker(numbers):
            accepted = 0
            for number in numbers:
                response = await client.post(run.url + "/outbound", json=run.order(number))
                response.raise_for_status()
                accepted += response.json()["success"]
            return accepted

        async def send_orders(numbers):
            shared = iter(numbers)
            return sum(await asyncio.gather(*(worker(shared) for _ in range(run.in_flight))))

        await run.measure_async(send_orders)


asyncio.run(main())
