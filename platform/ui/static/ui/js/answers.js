// What comes back from the server: failures become a banner in place with a way to try again; swaps keep the reader's place.
// Text becomes elements only where htmx reads an answer, into a document in which nothing runs. Whatever else would turn text
// into elements or script (innerHTML, document.write, eval) throws: the page's policy asks this function first.
const INERT = new Set(["DOMParser parseFromString", "Document parseHTMLUnsafe"]);
window.trustedTypes?.createPolicy("default", { createHTML: (text, _type, sink) => (INERT.has(sink) ? text : null) });

const words = (event) => {
  const status = event.detail.xhr?.status ?? 0;
  if (status === 0) return "つながりませんでした。通信を確かめて、もう一度お試しください。入力した内容はそのまま残っています。";
  if (status === 401) return "サインインの時間が切れました。別のタブでサインインしてから、もう一度お試しください。入力した内容はそのまま残っています。";
  if (status === 403) return "この操作をする権限がありません。";
  if (status === 404) return "見つかりませんでした。画面を開き直してください。";
  if (status === 409) return "ほかの人が先に変更しました。最新の内容を確かめてから、もう一度お試しください。";
  if (status === 503) return "記録の保護のため、いまは表示できません。少し待ってから、もう一度お試しください。";
  return "うまくいきませんでした。少し待ってから、もう一度お試しください。入力した内容はそのまま残っています。";
};

const showFailure = (event) => {
  const element = event.detail.elt;
  const place = element.closest("form, .ui-card, main") ?? document.querySelector("main");
  place.querySelector(":scope > [data-failure]")?.remove();
  const banner = document.createElement("div");
  banner.className = "ui-banner";
  banner.dataset.tone = "error";
  banner.dataset.failure = "";
  banner.setAttribute("role", "alert");
  const text = document.createElement("div");
  text.textContent = words(event);
  const again = document.createElement("button");
  again.type = "button";
  again.className = "ui-button";
  again.textContent = "もう一度";
  again.addEventListener("click", () => {
    banner.remove();
    const { verb, path } = event.detail.requestConfig ?? {};
    if (verb) htmx.ajax(verb, path, { source: element, target: event.detail.target });
  });
  banner.append(text, again);
  place.prepend(banner);
};

const announce = (text) => {
  const region = document.getElementById("ui-announcements");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = text; }); // the same words twice are read twice
};

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(name, showFailure);

document.addEventListener("htmx:afterSettle", (event) => {
  const place = event.detail.target;
  const summary = place.querySelector?.("[data-error-summary]");
  if (summary) return summary.focus();
  const heading = document.activeElement === document.body && place.querySelector?.("[data-focus-after-swap]");
  if (heading) heading.focus();
  const said = place.querySelector?.("[data-announce]");
  if (said) announce(said.textContent.trim());
});
