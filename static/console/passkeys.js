// Buttons that ask the browser for a passkey, to make one or to use one, and post what it answers with their form.
const Credential = window.PublicKeyCredential;
const known = Credential?.parseCreationOptionsFromJSON && Credential?.parseRequestOptionsFromJSON;

async function ask(button) {
  const form = button.form;
  const answer = await fetch(button.dataset.passkey, {
    method: "POST", headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
  });
  if (!answer.ok) throw new Error(answer.statusText);
  const { publicKey } = await answer.json();
  return "passkeyMake" in button.dataset
    ? navigator.credentials.create({ publicKey: Credential.parseCreationOptionsFromJSON(publicKey) })
    : navigator.credentials.get({ publicKey: Credential.parseRequestOptionsFromJSON(publicKey) });
}

function say(button) {
  button.nextElementSibling?.matches(".passkey-failed") || button.insertAdjacentHTML("afterend", '<p class="passkey-failed" role="alert"></p>');
  button.nextElementSibling.textContent = button.dataset.failed;
}

document.addEventListener("click", async event => {
  const button = event.target.closest("[data-passkey]");
  if (!button) return;
  const { form } = button;
  if ("passkeyMake" in button.dataset && !form.reportValidity()) return;
  button.disabled = true;
  try {
    const credential = await ask(button);
    form.elements.credential.disabled = false;
    form.elements.credential.value = JSON.stringify(credential);
    if (button.dataset.passkeyTo) form.action = button.dataset.passkeyTo;
    form.submit();
  } catch {
    button.disabled = false;
    say(button);
  }
});

if (known) document.querySelectorAll("[data-passkey]").forEach(button => { button.hidden = false; });
