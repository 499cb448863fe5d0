// Nobody reads over an empty chair. Untouched for as long as the centre allows, the page is taken out of the document and kept in
// this tab's memory alone; its owner proves herself, and everything lies where she left it. The server locks the session as well.
const body = document.body;
const limit = Number(body.dataset.lockAfter) * 1000;
const WARNED_BEFORE = 60_000;
const TOLD_EVERY = 60_000;
const others = new BroadcastChannel("tsunagi-lock");
let touched = Date.now();
let told = touched;
let kept = null;
let warning = null;

const token = () => JSON.parse(body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";
const post = (path, data) =>
  fetch(path, { method: "POST", body: data, headers: { "X-CSRFToken": token(), "X-Lock": "1" }, keepalive: !data });

const touch = (shared) => {
  if (kept) return;
  if (Date.now() - touched >= limit) return lock(); // woken after a long sleep: too late
  touched = Date.now();
  warning?.remove();
  warning = null;
  if (shared === true) return;
  others.postMessage("touched");
  if (touched - told < TOLD_EVERY) return;
  told = touched;
  post(body.dataset.awake).then((answer) => answer.status === 403 && lock(), () => {});
};

// read into a document in which nothing runs: the page's policy lets text become elements nowhere else
const elements = (html) => new DOMParser().parseFromString(html, "text/html").body.childNodes;

const warn = () => {
  if (warning) return;
  warning = document.createElement("div");
  warning.className = "ui-toasts";
  warning.append(...elements('<div class="ui-toast" data-tone="warn" role="alert"><p>まもなく画面をロックします。続けるときは、キーを押すか、画面に触れてください。入力の途中の内容は残ります。</p></div>'));
  body.append(warning);
};

const show = (html) => {
  const screen = document.getElementById("locked-screen");
  screen.replaceChildren(...elements(html));
  screen.querySelector("input:not([type=hidden]), button")?.focus();
};
const sorry = (words) =>
  show(`<section class="ui-card"><h1>画面をロックしています</h1><p>${words}</p><p><a href="/accounts/login/" target="_blank" rel="opener">別のタブでサインイン</a></p><div class="ui-button-row"><button class="ui-button" type="button" data-kind="primary" data-lock-again>続ける</button></div></section>`);

const shown = async (answer) => {
  if (answer.status === 204) {
    if (answer.headers.get("X-Account") !== body.dataset.account) return sorry("別の人がサインインしています。この画面の内容は、元の人だけが開けます。");
    others.postMessage("open");
    return unlock(answer.headers.get("X-CSRF"));
  }
  if (answer.redirected || ![200, 422].includes(answer.status)) return sorry("サインインの時間が切れました。別のタブでサインインしてから「続ける」を押すと、元の画面に戻ります。");
  show(await answer.text());
};
const ask = () =>
  fetch(body.dataset.unlock, { headers: { "X-Lock": "1" } }).then(shown, () => sorry("つながりませんでした。通信を確かめて「続ける」を押してください。"));

const lock = async (alone = true) => {
  if (kept) return;
  warning?.remove();
  warning = null;
  const focus = document.activeElement;
  const hidden = document.createDocumentFragment();
  kept = { hidden, focus, from: focus?.selectionStart, to: focus?.selectionEnd, title: document.title, top: window.scrollY };
  hidden.append(...body.childNodes);
  document.title = "画面をロックしています｜つなぎ帖";
  const screen = document.createElement("main");
  screen.className = "ui-plain__main";
  screen.id = "locked-screen";
  body.append(screen);
  await import(body.dataset.passkeys);
  await secure(alone);
};
// first the server, then the question: a session that is still open would answer that there is nothing to prove
const secure = async (alone) => {
  try {
    if (alone) await post(body.dataset.lock);
  } catch {
    return sorry("つながりませんでした。通信を確かめて「続ける」を押してください。");
  }
  if (alone) others.postMessage("lock");
  return ask();
};

const unlock = (fresh) => {
  if (!kept) return;
  const { hidden, focus, from, to, title, top } = kept;
  kept = null;
  touched = told = Date.now();
  document.getElementById("locked-screen").remove();
  body.append(hidden);
  document.title = title;
  if (fresh) {
    body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": fresh }));
    for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = fresh;
  }
  for (const dialog of document.querySelectorAll("dialog[open]")) (dialog.close(), dialog.showModal());
  window.scrollTo(0, top);
  focus?.focus?.({ preventScroll: true });
  if (typeof from === "number") focus.setSelectionRange?.(from, to);
};

const look = () => {
  if (kept) return;
  const idle = Date.now() - touched;
  if (idle >= limit) lock();
  else if (idle >= limit - WARNED_BEFORE) warn();
};

for (const name of ["keydown", "input", "pointerdown", "wheel", "scroll"]) document.addEventListener(name, touch, { passive: true, capture: true });
for (const name of ["visibilitychange", "tsunagi:lock"]) document.addEventListener(name, name === "tsunagi:lock" ? () => lock() : look);
window.addEventListener("pageshow", look);
window.setInterval(look, 1000);
others.addEventListener("message", ({ data }) => {
  if (data === "touched") touch(true);
  if (data === "lock") lock(false);
  if (data === "open" && kept) ask();
});
document.addEventListener("click", (event) => event.target.closest("[data-lock-again]") && secure(true));
document.addEventListener("submit", (event) => {
  if (!event.target.matches("#locked-screen [data-unlock]")) return;
  event.preventDefault();
  post(event.target.action, new FormData(event.target)).then(shown, () => sorry("つながりませんでした。通信を確かめて「続ける」を押してください。"));
});
