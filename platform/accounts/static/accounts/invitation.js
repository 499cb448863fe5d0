// The code of an invitation stands behind the # of its link: put it into the form and take it out of the address and the history.
const field = document.querySelector("[data-from-link]");
const code = window.location.hash.slice(1);
if (field && code) {
  field.value = code;
  window.history.replaceState(null, "", window.location.pathname);
}
