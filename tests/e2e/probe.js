// Laid under every page of the browser tests: counts what the person does, and measures what she sees.
(() => {
  const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta"]);
  const EMPTY = { clicks: 0, keys: 0, pages: 0 };
  const read = () => JSON.parse(sessionStorage.getItem("probe") ?? JSON.stringify(EMPTY));
  const add = (what) => {
    const counted = read();
    counted[what] += 1;
    sessionStorage.setItem("probe", JSON.stringify(counted));
  };
  const visible = (element) => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility !== "hidden" && element.checkVisibility();
  };
  // WCAG 2.2, 2.5.8: links inside a sentence are exempt
  const inSentence = (element) => {
    const block = element.closest("p, li, dd, td, th, h1, h2, h3, span, div");
    return element.tagName === "A" && block && block.textContent.trim().length > element.textContent.trim().length;
  };
  const sizeOf = (element) => {
    const label = element.closest("label") ?? (element.id && document.querySelector(`label[for="${CSS.escape(element.id)}"]`));
    const boxes = [element, label].filter(Boolean).map((each) => each.getBoundingClientRect());
    return [Math.max(...boxes.map((box) => box.width)), Math.max(...boxes.map((box) => box.height))];
  };
  window.probe = {
    read: () => JSON.stringify(read()),
    forget: () => sessionStorage.setItem("probe", JSON.stringify(EMPTY)),
    small_targets: (least) =>
      [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
        .filter((element) => visible(element) && !inSentence(element) && sizeOf(element).some((length) => length < least - 0.5))
        .map((element) => element.outerHTML.slice(0, 160)),
    too_wide: () =>
      document.documentElement.scrollWidth <= innerWidth
        ? []
        : [...document.body.querySelectorAll("*")]
            .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && visible(element))
            .map((element) => element.outerHTML.slice(0, 160))
            .slice(0, 5),
  };
  addEventListener("pointerdown", (event) => event.isTrusted && add("clicks"), true);
  addEventListener("keydown", (event) => event.isTrusted && !event.isComposing && !event.repeat && !MODIFIERS.has(event.key) && add("keys"), true);
  if (location.protocol !== "about:") add("pages");
})();
