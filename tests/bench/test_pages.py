"""How long the server takes for each page, and how many queries: `make bench`.

The time is that of whole requests to the real console under Daphne over a kept connection, all pages in turns. Beside
it stands the ratio to the quickest answer there is (a small static file), so that figures of two machines can be
compared.
"""

import http.client
import time
from urllib.parse import urlsplit

import pytest

from tests.bench import ratios
from tests.browser import server, world
from tests.browser.pages import PAGES, Page
from tests.browser.queries import count_queries

ROUNDS, WARM_UP = 60, 5
MOST_QUERIES = 30


def pages() -> list[Page]:
    return [page for page in PAGES if not page.debug]


def ask(line: http.client.HTTPConnection, path: str, cookie: str) -> tuple[float, int]:
    started = time.perf_counter()
    line.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = line.getresponse()
    answer.read()
    return time.perf_counter() - started, answer.status


@pytest.mark.bench
def test_server_time_and_queries(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    facts = world.make()
    queries = {page.name: count_queries(page, facts) for page in pages()}
    times = measure()
    floor = ratios.percentile(times.pop("floor"), 0.5)
    rows = [
        (name, p50 * 1000, ratios.percentile(taken, 0.95) * 1000, p50 / floor, queries[name])
        for name, taken in times.items()
        if (p50 := ratios.percentile(taken, 0.5))
    ]
    with capsys.disabled():
        head = ["page", "p50 ms", "p95 ms", "to floor", "queries"]
        ratios.table(f"Pages: server time over {ROUNDS} rounds (floor: {floor * 1000:.2f} ms)", head, rows)
    assert not [name for name, count in queries.items() if count > MOST_QUERIES]


def measure() -> dict[str, list[float]]:
    times: dict[str, list[float]] = {"floor": []} | {page.name: [] for page in pages()}
    with server.running() as console:
        line = http.client.HTTPConnection(urlsplit(console.url).netloc, timeout=30)
        for number in range(ROUNDS + WARM_UP):
            asked = [("floor", "/static/favicon.svg", "", 200)]
            for page in pages():
                cookie = f"{console.cookie}={console.sessions[page.who]}" if page.who else ""
                asked.append((page.name, console.addresses[page.name], cookie, page.status))
            for name, path, cookie, status in asked:
                seconds, answered = ask(line, path, cookie)
                assert answered == status, f"{name}: {answered} instead of {status}"
                if number >= WARM_UP:
                    times[name].append(seconds)
        line.close()
    return times
