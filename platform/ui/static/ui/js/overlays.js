// Dialogs, menus and toasts: what opens over the page closes by Esc, by its button, or by a click beside it.
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
