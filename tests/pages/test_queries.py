"""How many queries a page costs: few."""

import pytest

from tests.access.addresses import address
from tests.access.matrix import TABLES, Row
from tests.pages.asking import read
from tests.worlds import Worlds

MOST = 14  # two of them ask who is hidden from the viewer and on which ground she reads
PAGES = [row for row in TABLES["config.urls_centre"] if row.method == "GET" and "200" in row.answers.values()]


# a plan has goals, actions, monitorings and an evaluation; of each kind the gate asks once whether it may be opened
MANY_KINDS = {"plans:detail": 17, "plans:decide": 15}


def reader_of(row: Row) -> str:
    return next(who for who, word in row.answers.items() if word == "200")


@pytest.mark.parametrize("row", PAGES, ids=str)
def test_a_page_asks_few_questions(row: Row, worlds: Worlds) -> None:
    browser, path = worlds.here.browser(reader_of(row)), address(row.route, worlds.here.ids[row.of])
    read(browser, path)
    _, asked = read(browser, path)
    assert len(asked) <= MANY_KINDS.get(row.route, MOST), "\n".join(asked)
