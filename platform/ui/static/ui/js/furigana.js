// The reading of a name, taken from the IME while it is being typed. It stops for good once the reading is edited by hand.
const KANA_ONLY = /^[ぁ-ゖァ-ヶー\s]+$/;
const hiragana = (text) => text.replace(/[ァ-ヶ]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60)).replace(/　/g, " ");
const reading = (text) => hiragana(text.normalize("NFKC").replace(/[a-zA-Z]+$/, ""));

const follow = (kana) => {
  const name = kana.form?.elements.namedItem(kana.dataset.kanaOf);
  if (!name) return;
  let heard = "";
  let byHand = kana.value !== "";
  name.addEventListener("compositionstart", () => { heard = ""; });
  name.addEventListener("compositionupdate", (event) => {
    const now = reading(event.data ?? "");
    if (now && KANA_ONLY.test(now)) heard = now;
  });
  name.addEventListener("compositionend", (event) => {
    if (!byHand && event.data && heard) kana.value += heard;
    heard = "";
  });
  name.addEventListener("input", (event) => {
    if (byHand) return;
    if (name.value === "") kana.value = "";
    else if (!event.isComposing && event.inputType === "insertText" && /^[\s　]$/.test(event.data ?? "")) kana.value += " ";
    else if (!event.isComposing && KANA_ONLY.test(hiragana(name.value))) kana.value = reading(name.value);
  });
  kana.addEventListener("input", (event) => { byHand = event.isTrusted && kana.value !== ""; });
};

const watch = (root) => root.querySelectorAll?.("[data-kana-of]").forEach(follow);
document.addEventListener("htmx:load", (event) => event.detail.elt !== document.body && watch(event.detail.elt));
watch(document);
