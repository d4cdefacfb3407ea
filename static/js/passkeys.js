// Forms with data-passkey="get|create": ask the browser for a passkey, put its answer into the form, send the form.
// The options come with the page (data-passkey-options) or, so that mere visitors cost nothing, from an address.

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

function readOptions({ publicKey }) {
  const read = { ...publicKey, challenge: bytes(publicKey.challenge) };
  if (publicKey.user) read.user = { ...publicKey.user, id: bytes(publicKey.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    if (publicKey[list]) read[list] = publicKey[list].map((one) => ({ ...one, id: bytes(one.id) }));
  }
  return { publicKey: read };
}

function writeAnswer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function optionsOf(form) {
  if (form.dataset.passkeyOptions) return JSON.parse(form.dataset.passkeyOptions);
  const answer = await fetch(form.dataset.passkeyOptionsUrl, { method: "POST", body: new FormData(form) });
  if (!answer.ok) throw new Error(`the console answered ${answer.status}`);
  return answer.json();
}

async function askFor(form) {
  const options = readOptions(await optionsOf(form));
  const asked = form.dataset.passkey === "create" ? navigator.credentials.create(options) : navigator.credentials.get(options);
  return writeAnswer(await asked);
}

async function submitted(event) {
  const form = event.currentTarget;
  const field = form.elements[form.dataset.passkeyField || "passkey"];
  if (field.value) return; // the answer is in: let the form go
  event.preventDefault();
  const error = form.querySelector("[data-passkey-error]");
  error.hidden = true;
  try {
    field.value = await askFor(form);
    form.requestSubmit();
  } catch {
    error.hidden = false; // the person closed the dialogue, or there is no such passkey: the page says what else works
  }
}

// A passkey belongs to a name; browsers refuse bare addresses.
const byAddress = /^(\d+\.){3}\d+$|^\[/.test(location.hostname);

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", submitted);
  const hint = form.querySelector("[data-passkey-by-name]");
  if (byAddress && hint) {
    hint.hidden = false;
    form.querySelector("button[type=submit]").disabled = true;
    const link = hint.querySelector("[data-passkey-localhost]");
    link.href = `${location.protocol}//localhost:${location.port}${location.pathname}`;
  }
}
