// The theme changes at once; the form's own request stores it (with the account, or in this browser before sign-in).
export function followTheme() {
  for (const form of document.querySelectorAll("[data-theme-form]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      choose(form, event.submitter);
    });
  }
}

async function choose(form, button) {
  const body = new FormData(form, button);
  show(form, button.value);
  const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  if (!answer || !answer.ok) form.submit(); // let the server say what is wrong, as it would without a script
}

function show(form, theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  for (const button of form.querySelectorAll("button[name=theme]")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
}
