// Passkeys: a button asks the device, puts its answer into its form and sends it. Works in what is added to the page later, too.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

const asked = ({ publicKey: wanted }) => {
  const keys = (listed) => listed?.map((key) => ({ ...key, id: bytes(key.id) })) ?? [];
  const publicKey = { ...wanted, challenge: bytes(wanted.challenge) };
  if (wanted.user) publicKey.user = { ...wanted.user, id: bytes(wanted.user.id) };
  if (wanted.excludeCredentials) publicKey.excludeCredentials = keys(wanted.excludeCredentials);
  if (wanted.allowCredentials) publicKey.allowCredentials = keys(wanted.allowCredentials);
  return { publicKey };
};

const answered = (credential) => {
  const { clientDataJSON, attestationObject, authenticatorData, signature, userHandle } = credential.response;
  const response = attestationObject
    ? { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject) }
    : {
        clientDataJSON: text(clientDataJSON),
        authenticatorData: text(authenticatorData),
        signature: text(signature),
        userHandle: text(userHandle) ?? null,
      };
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
};

const say = (form, words) => {
  const place = form.querySelector("[data-passkey-error]");
  if (!place) return;
  place.textContent = words;
  place.hidden = !words;
};

const use = async (button) => {
  const form = button.form;
  say(form, "");
  if (!window.PublicKeyCredential) return say(form, "このブラウザではパスキーを使えません。別の方法を選んでください。");
  button.disabled = true;
  try {
    const from = button.dataset.optionsFrom;
    const options = from ? (await (await fetch(from)).json()).options : button.dataset.options;
    const credential = await navigator.credentials[button.dataset.passkey](asked(JSON.parse(options)));
    form.querySelector("input[name$=credential]").value = JSON.stringify(answered(credential));
    form.requestSubmit();
  } catch (error) {
    say(
      form,
      error.name === "InvalidStateError"
        ? "この端末や鍵は、すでに登録されています。"
        : "パスキーを確かめられませんでした。もう一度押すか、別の方法を選んでください。",
    );
  } finally {
    button.disabled = false;
  }
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-passkey]");
  if (button) use(button);
});
