// Messages stay until they are closed; one that only says "done" goes by itself, unless pointer or focus is on it.
// A response may send one more: HX-Trigger: {"toast": {"text": "…", "tone": "good", "icon": "good"}}
const STAYS = 10_000;

export function closeToasts() {
  const toasts = document.getElementById("toasts");
  if (!toasts) return;
  toasts.querySelectorAll(".toast").forEach(tend);
  document.addEventListener("toast", (event) => add(toasts, event.detail));
}

function tend(toast) {
  const close = toast.querySelector("[data-close-toast]");
  close.hidden = false;
  close.addEventListener("click", () => toast.remove());
  if (toast.dataset.tone === "good") goByItself(toast);
}

function goByItself(toast) {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) goByItself(toast);
    else toast.remove();
  }, STAYS);
}

function add(toasts, { text, tone = "idle", icon = "info" }) {
  const toast = document.getElementById("toast-pattern").content.firstElementChild.cloneNode(true);
  toast.dataset.tone = tone;
  toast.querySelector("use").setAttribute("href", `#${icon}`);
  toast.querySelector("span").textContent = text;
  toasts.append(toast);
  tend(toast);
}
