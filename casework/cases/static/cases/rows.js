// j and k walk through the rows of a list; Enter opens, since each row is a link. Silent while typing or composing.
const rows = [...document.querySelectorAll("[data-rows] [data-row]")];
const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const step = { KeyJ: 1, KeyK: -1 }[event.code];
  if (!step || !rows.length || document.querySelector("dialog[open]")) return;
  const here = rows.indexOf(document.activeElement);
  const next = here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + step, 0), rows.length - 1);
  rows[next].focus();
  event.preventDefault();
});
