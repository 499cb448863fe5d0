"""Every form of every page can be sent: the test client asks for no token, a browser's server does."""

import pytest

from tests.access.addresses import address
from tests.access.matrix import TABLES, Row
from tests.pages.filling import Forms
from tests.worlds import Worlds

PAGES = [(urlconf, row) for urlconf, table in TABLES.items() for row in table if row.method == "GET" and "200" in row.answers.values()]


@pytest.mark.parametrize(("urlconf", "row"), PAGES, ids=[f"{urlconf.removeprefix('config.urls_')} {row}" for urlconf, row in PAGES])
def test_every_form_carries_the_token_without_which_it_is_refused(urlconf: str, row: Row, worlds: Worlds) -> None:
    place = worlds.place_of(urlconf)
    path = address(row.route, place.ids[row.of], urlconf)
    for who in (who for who, word in row.answers.items() if word == "200"):
        page = place.browser(who).get(path).content.decode(errors="replace")
        bare = [form.action for form in Forms(page, path).found if not form.fields.get("csrfmiddlewaretoken")]
        assert bare == [], who
