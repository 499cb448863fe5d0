"""Markup typed into every field of every form, and then every page looked at in a browser that would run it (B43)."""

import re

from playwright.sync_api import ConsoleMessage, Dialog

from tests.e2e.browsing import Visitor
from tests.e2e.conftest import Visit
from tests.e2e.people import CHIEF, Furnished

PAYLOADS = (
    "<script>window.ran=1;alert(1)</script>", '"><img src=x onerror="window.ran=1;alert(2)">', "'><svg onload=window.ran=1>",
    "<iframe srcdoc='<script>parent.ran=1</script>'>", "javascript:window.ran=1//", "</textarea><script>window.ran=1</script>",
    "</title><script>window.ran=1</script>", "<a href=javascript:window.ran=1 autofocus onfocus=window.ran=1>x</a>",
    "{{constructor.constructor('window.ran=1')()}}",
    "<style>@import'//stranger.invalid'</style><base href=//stranger.invalid/>",
    "<form action=//stranger.invalid><input name=q autofocus onfocus=window.ran=1>",
    "<div hx-get=/accounts/ hx-trigger=load hx-on::load=window.ran=1>x</div>", "<math><mtext><table><mglyph><style><img src=x onerror=window.ran=1>",
)  # fmt: skip
ALL = " ".join(PAYLOADS)
EVERYWHERE = "textarea, input[type=text], input[type=search], input[type=tel], input:not([type])"
LISTEN = """document.addEventListener("securitypolicyviolation", event => console.error("policy: " + event.violatedDirective + " " + event.blockedURI));"""
FORM = """[...document.querySelectorAll("main form[method=post i]")].find(one => one.querySelector("textarea, input[type=text], input:not([type])"))"""
HAS_FORM = f"() => Boolean({FORM})"
FILL = """([words, which]) => {
    const form = FORM;
    for (const field of form.querySelectorAll(which))
        if (!field.closest("template")) field.value = words.slice(0, field.maxLength > 0 ? field.maxLength : 4000);
    for (const choice of form.querySelectorAll("select")) if (choice.options.length > 1 && !choice.value) choice.selectedIndex = 1;
    setTimeout(() => HTMLFormElement.prototype.submit.call(form));
}""".replace("FORM", FORM)
SUSPECT = """() => [...document.querySelectorAll("*")].flatMap(element => [
    ...(element.tagName === "SCRIPT" && !element.nonce ? ["script"] : []),
    ...(["IFRAME", "BASE", "MATH", "MGLYPH"].includes(element.tagName) ? [element.tagName] : []),
    ...[...element.attributes].filter(one => /^on|^hx-on|srcdoc/.test(one.name)
        || (["href", "src", "action"].includes(one.name) && /^\\s*javascript:|stranger/.test(one.value))).map(one => one.name),
])"""


def look(visitor: Visitor) -> None:
    assert visitor.page.evaluate("window.ran") is None, visitor.page.url
    assert visitor.page.evaluate(SUSPECT) == [], visitor.page.url


def test_markup_in_every_field_stays_words_on_every_page(visit: Visit, furnished: Furnished) -> None:
    """B43: through the real forms, refused or saved; then the pages of the case, its lists, 今日, the timeline. No dialog, no run, no report."""
    visitor = visit("test-a", CHIEF)
    said: list[str] = []

    def dialog(opened: Dialog) -> None:
        said.append(opened.message)
        opened.dismiss()

    def heard(message: ConsoleMessage) -> None:
        if message.text.startswith("policy:") or "Content Security Policy" in message.text:
            said.append(message.text)

    visitor.page.on("dialog", dialog)
    visitor.page.on("console", heard)
    visitor.context.add_init_script(LISTEN)
    case = furnished.for_record
    forms = [
        "/cases/reception/",
        case,
        *(f"{case}{step}" for step in ("edit/", "screen/", "apply/", "consents/", "assessment/", "outcome/", "plans/new/")),
    ]
    forms += ["/meetings/new/", "/clients/search/", *furnished.paths.values()]
    echoed = 0
    for path in dict.fromkeys(forms):
        if visitor.go(path) != 200:
            continue
        for which in (EVERYWHERE, "textarea"):
            if not visitor.page.evaluate(HAS_FORM):
                break
            with visitor.page.expect_navigation():
                visitor.page.evaluate(FILL, [ALL, which])
            look(visitor)
            echoed += "window.ran=1" in visitor.page.content()
            visitor.go(path)
    seen = ["/", "/cases/?view=all", "/meetings/", case, *furnished.paths.values()]
    visitor.go("/cases/?view=all&sort=-received")
    seen += visitor.page.evaluate(
        "[...document.querySelectorAll('main a[href^=\"/cases/\"]')].map(one => one.getAttribute('href')).slice(0, 12)"
    )
    shown = 0
    for path in dict.fromkeys(seen):
        if visitor.go(path) == 200:
            look(visitor)
            shown += len(re.findall(r"window\.ran=1", visitor.page.locator("body").inner_text()))
    assert said == []
    assert echoed > 5  # refused forms brought the words back
    assert shown > 0  # and what was saved is there to be read, as words
