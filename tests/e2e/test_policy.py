"""What the page's policy keeps a browser from doing, tried in one."""

import pytest

from tests.e2e.conftest import Visit
from tests.e2e.people import COUNSELLOR, Furnished
from tests.e2e.stack import LiveStack

SINKS = {
    "innerHTML": "document.createElement('div').innerHTML = '<b>x</b>'",
    "insertAdjacentHTML": "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')",
    "document.write": "document.write('x')",
    "srcdoc": "document.createElement('iframe').srcdoc = 'x'",
    "a fragment": "document.createRange().createContextualFragment('<b>x</b>')",
    "the text of a script": "document.createElement('script').text = '1'",
    "the address of a script": "document.createElement('script').src = '/static/ui/js/fields.js'",
    "eval": "eval('1')",
    "a function of text": "new Function('return 1')",
    "a second policy": "trustedTypes.createPolicy('mine', {})",
    "the policy again": "trustedTypes.createPolicy('default', {})",
}

# later, since what the test's own connection evaluates may eval
TRY = "() => new Promise(done => setTimeout(() => { try { SINK; done('let through'); } catch { done('refused'); } }))"


def test_text_becomes_neither_elements_nor_script(visit: Visit) -> None:
    """B43: Trusted Types. Every way but htmx's own reader, whose documents run nothing."""
    visitor = visit("test-a", COUNSELLOR)
    visitor.page.remove_listener("console", visitor._heard)  # each refusal is told to the console too
    tried = {name: visitor.page.evaluate(TRY.replace("SINK", script)) for name, script in SINKS.items()}
    assert {name for name, outcome in tried.items() if outcome != "refused"} == set()
    assert visitor.page.evaluate("new DOMParser().parseFromString('<b>x</b>', 'text/html').body.children.length") == 1


def test_answers_still_become_parts_of_the_page(visit: Visit) -> None:
    """B43: htmx as it is shipped works under the policy."""
    visitor = visit("test-a", COUNSELLOR)
    assert visitor.go("/cases/") == 200
    visitor.page.evaluate(
        """() => { const place = document.createElement('div'); place.id = 'swapped'; document.querySelector('main').append(place);
        return htmx.ajax('GET', '/cases/', { target: '#swapped', select: 'h1' }); }"""
    )
    visitor.page.wait_for_selector("#swapped h1")
    assert visitor.complaints == []


@pytest.mark.parametrize("leaving", ["by her own will", "ended by the server"])
def test_nothing_is_shown_by_the_back_button_afterwards(leaving: str, visit: Visit, live: LiveStack, furnished: Furnished) -> None:
    """B44"""
    visitor = visit("test-a")
    visitor.sign_in(COUNSELLOR)
    visitor.go(furnished.sought)
    visitor.reads("湊 太郎")
    visitor.go("/cases/")
    if leaving == "by her own will":
        visitor.page.locator("[data-menu] summary").first.click()
        with visitor.page.expect_navigation():
            visitor.page.get_by_role("button", name="サインアウト").click()
    else:
        key = next(cookie["value"] for cookie in visitor.context.cookies() if cookie["name"] == "tsunagi_session")
        with live.administrator() as administrator:
            administrator.execute("DELETE FROM test_a.accounts_session WHERE session_key = %s", [key])
        visitor.go("/cases/")
    assert visitor.path == "/accounts/login/"
    for _ in range(3):
        visitor.page.go_back()
        visitor.page.wait_for_load_state()
        visitor.does_not_read("湊 太郎")
    assert visitor.path == "/accounts/login/"


def test_another_page_can_neither_post_nor_frame_nor_read(visit: Visit, live: LiveStack) -> None:
    """B44: forged posts, clickjacking, reading across origins; from headquarters' host, a sibling of the centre's."""
    victim = visit("test-a", COUNSELLOR)
    there = live.address("test-a", "/accounts/logout/")
    elsewhere = victim.context.new_page()
    elsewhere.goto(live.address("hq", "/accounts/login/"))
    statuses: list[int] = []
    elsewhere.on("response", lambda response: statuses.append(response.status) if response.url == there else None)
    elsewhere.evaluate("address => fetch(address, {method: 'POST', mode: 'no-cors', credentials: 'include'}).catch(() => 0)", there)
    elsewhere.close()
    bare = victim.context.new_page()  # a page of somebody without any policy
    bare.route(
        "http://elsewhere.localhost/",
        lambda route: route.fulfill(body="<!doctype html><form method=post></form>", content_type="text/html"),
    )
    bare.goto("http://elsewhere.localhost/")
    bare.evaluate("address => { const form = document.forms[0]; form.action = address; form.submit(); }", there)
    bare.wait_for_load_state()
    bare.wait_for_url(there)
    assert "送信を受け付けられませんでした" in bare.content()
    bare.goto("http://elsewhere.localhost/")
    framed = bare.evaluate(
        """address => new Promise(done => { const frame = document.createElement('iframe'); frame.src = address;
        frame.onload = () => { try { done(String(frame.contentDocument?.body.innerText ?? 'closed')); } catch { done('closed'); } };
        document.body.append(frame); })""",
        live.address("test-a", "/"),
    )
    assert framed in {"closed", ""}
    assert any("elsewhere" in frame.url or "chrome-error" in frame.url for frame in bare.frames[1:])
    read = bare.evaluate(
        "address => fetch(address, {credentials: 'include'}).then(a => a.text()).catch(e => 'refused')", live.address("test-a", "/")
    )
    assert read == "refused"
    bare.close()
    victim.go("/cases/")
    assert victim.path == "/cases/"  # still signed in
