"""aiohttp: a session, and so many tasks, each of which sends one order after the other."""

import asyncio
import ssl

import aiohttp

import run


async def main():
    connector = aiohttp.TCPConnector(
        limit=run.in_flight, ssl=ssl.create_default_context(cafile=run.ca_file)
    )
    async with aiohttp.ClientSession(connector=connector, raise_for_status=True) as session:
        async with session.post(run.url + "/auth/login", json=run.credentials()) as response:
            headers = run.bearer(await response.json())

        async def worker(numbers):
            accepted = 0
            for number in numbers:
                async with session.post(
                    run.url + "/outbound", json=run.order(number), headers=headers
                ) as response:
                    accepted += (await response.json())["success"]
            return accepted

        async def send_orders(numbers):
            shared = iter(numbers)
            return sum(await asyncio.gather(*(worker(shared) for _ in range(run.in_flight))))

        await run.measure_async(send_orders)


asyncio.run(main())
