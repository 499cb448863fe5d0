// What shows itself: menus, dialogs, toasts, the current tab, and how long a call has lasted (one file: each is a request on a first visit).
const openNow = (root) => root.querySelectorAll?.("dialog[data-open-now]").forEach((dialog) => dialog.showModal());

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    opener.closest("[data-menu]")?.removeAttribute("open");
    document.getElementById(opener.dataset.opens)?.showModal();
  }
  if (event.target.closest("[data-close-dialog]") || event.target.matches("dialog")) event.target.closest("dialog").close();
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest(closer.dataset.closes)?.remove();
  document.querySelectorAll("[data-menu][open]").forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  const menu = document.querySelector("[data-menu][open]");
  menu?.removeAttribute("open");
  menu?.querySelector("summary").focus();
});

document.addEventListener("htmx:load", (event) => event.detail.elt !== document.body && openNow(event.detail.elt));
openNow(document);

// On a narrow screen the page's own tab may lie outside its row.
document.querySelectorAll(".ui-tabs > [aria-current]").forEach((tab) => {
  const row = tab.parentElement;
  row.scrollLeft += tab.getBoundingClientRect().right - row.getBoundingClientRect().right + row.clientWidth / 4;
});

// How long the call has lasted, from the moment the page opened; the form takes the minutes along.
const clock = document.querySelector("[data-call-clock]");
if (clock) {
  const shown = clock.querySelector("[data-call-clock-shown]");
  const minutes = document.querySelector("[data-call-clock-minutes]");
  const begun = Date.now() - Number(minutes?.value || 0) * 60_000;
  const tick = () => {
    const seconds = Math.floor((Date.now() - begun) / 1000);
    shown.textContent = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
    if (minutes) minutes.value = String(Math.max(1, Math.ceil(seconds / 60)));
  };
  tick();
  setInterval(tick, 1000);
}
