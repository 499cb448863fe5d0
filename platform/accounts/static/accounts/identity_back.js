// The provider's answer goes on as a POST of our own; its address, with the code in it, leaves the history.
const form = document.querySelector("[data-sends-itself]");
if (form) {
  window.history.replaceState(null, "", window.location.pathname);
  form.requestSubmit();
}
