// Single keys: / search, g then a letter to go, n to write, ? for the list. Silent while typing or composing.
const GO_WITHIN = 1200;
let leader = 0;

const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]");
const letterOf = (event) => (event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : ""); // the place of the key, so that kana mode works too

const compose = () => {
  const control = document.querySelector("[data-composer] textarea, [data-composer] input:not([type=hidden])");
  control?.focus();
  control?.scrollIntoView({ block: "center" });
  return control;
};

const act = (event) => {
  const letter = letterOf(event);
  if (Date.now() - leader < GO_WITHIN) {
    leader = 0;
    const link = document.querySelector(`[data-key-go="${letter}"]`);
    if (link) link.click();
    return link;
  }
  if (event.key === "?") {
    document.getElementById("shortcuts")?.showModal();
    return true;
  }
  if (event.key === "/" || (event.code === "Slash" && !event.shiftKey)) {
    const search = document.querySelector("[data-key-search]");
    search?.select();
    return search;
  }
  if (letter === "g") leader = Date.now();
  return letter === "g" || (letter === "n" && compose());
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  if ((event.ctrlKey || event.metaKey) && letterOf(event) === "k") {
    event.preventDefault();
    document.querySelector("[data-key-search]")?.select();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (act(event)) event.preventDefault();
});
