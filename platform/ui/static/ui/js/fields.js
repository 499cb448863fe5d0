// Fields: error summary, growing text, buttons that fill in, and submitting by keyboard or only once.
const grow = (area) => {
  if (CSS.supports("field-sizing", "content")) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
};

// The main act, wherever it stands: other buttons of a form add a row or lead into another case.
const mainButton = (form) =>
  form.querySelector('button[data-kind="primary"], button[data-kind="danger"]') ?? form.querySelector("[type=submit], button:not([type])");

const submitByKeyboard = (event) => {
  if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
  const form = event.target.closest?.("form");
  if (!form) return;
  if (event.ctrlKey || event.metaKey || event.target.matches("input:not([type=button], [type=submit])")) {
    event.preventDefault();
    form.requestSubmit(mainButton(form));
  }
};

const once = (event) => {
  const button = event.submitter;
  if (event.defaultPrevented || !button || event.target.method === "get" || "handsOver" in event.target.dataset) return;
  if (button.getAttribute("aria-busy") === "true") return event.preventDefault();
  button.setAttribute("aria-busy", "true");
  event.target.dataset.sent = "";
};

// Who comes back to a form that was sent and changes it means another request than the first.
const renewKey = (form) => {
  const key = form?.elements.namedItem("idempotency_key");
  if (!key || !("sent" in form.dataset)) return;
  key.value = crypto.randomUUID?.() ?? "";
  delete form.dataset.sent;
};

const fill = (button) => {
  const field = document.getElementById(button.dataset.fills);
  field.value = button.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
};

const faceErrors = () => {
  const summary = document.querySelector("[data-error-summary]");
  if (!summary) return;
  if (!document.title.startsWith("エラー：")) document.title = `エラー：${document.title}`;
  summary.focus();
};

document.addEventListener("keydown", submitByKeyboard);
document.addEventListener("submit", once);
document.addEventListener("htmx:afterRequest", (event) => event.detail.elt.querySelector?.("[aria-busy]")?.removeAttribute("aria-busy"));
window.addEventListener("pageshow", () => document.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy")));
document.addEventListener("input", (event) => {
  renewKey(event.target.form);
  if (event.target.matches?.("textarea[data-grows]")) grow(event.target);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fills]");
  if (button) fill(button);
  const line = event.target.closest("[data-error-summary] a");
  if (!line) return;
  const control = document.getElementById(decodeURIComponent(line.hash.slice(1)));
  const folded = control?.closest("details:not([open])");
  if (folded) folded.open = true;
  control?.focus();
});
document.querySelectorAll("textarea[data-grows]").forEach(grow);
faceErrors();
