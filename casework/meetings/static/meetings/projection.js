// Projection: initials for names and large type, by the button or the key m, without losing what is being typed.
const agenda = document.querySelector("[data-agenda]");
const button = agenda?.querySelector("[data-toggles-projection]");

const addressWith = (address, projected) => {
  const url = new URL(address, location.href);
  if (projected) url.searchParams.set("projection", "1");
  else url.searchParams.delete("projection");
  return url.pathname + url.search + url.hash;
};

const show = (projected) => {
  agenda.toggleAttribute("data-projection", projected);
  button.setAttribute("aria-pressed", String(projected));
  history.replaceState(null, "", addressWith(location.href, projected));
  for (const form of agenda.querySelectorAll("form[method=post]")) form.setAttribute("action", addressWith(form.action, projected));
};

const toggle = (event) => {
  event.preventDefault();
  show(!agenda.hasAttribute("data-projection"));
};

const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select");

if (button) {
  button.setAttribute("role", "button");
  button.setAttribute("aria-pressed", String(agenda.hasAttribute("data-projection")));
  button.addEventListener("click", toggle);
  document.addEventListener("keydown", (event) => {
    const plain = !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing && event.keyCode !== 229;
    if (event.code === "KeyM" && plain && !typing(event.target) && !document.querySelector("dialog[open]")) toggle(event);
  });
}
