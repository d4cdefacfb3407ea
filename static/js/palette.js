// The palette: the search page in a dialog. The server finds (and checks rights); here is only choosing by keyboard.
export function openPaletteOn(dialog) {
  if (!dialog) return null;
  const field = dialog.querySelector("input");
  const hits = dialog.querySelector("#palette-hits");
  const options = () => [...hits.querySelectorAll("[role=option]")];
  const chosen = () => hits.querySelector("[aria-selected=true]");

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    if (!option) return field.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function move(step) {
    const all = options();
    if (all.length) choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
  }

  const keys = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => chosen()?.click(),
    Escape: () => dialog.close(), // a search field would only empty itself
  };
  field.addEventListener("keydown", (event) => {
    if (!keys[event.key] || (event.key === "Enter" && !chosen())) return;
    event.preventDefault();
    keys[event.key]();
  });
  hits.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== chosen()) choose(option);
  });
  hits.addEventListener("htmx:afterSwap", () => {
    field.setAttribute("aria-expanded", String(options().length > 0));
    choose(options()[0]);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside it
  });

  return () => {
    if (!dialog.open) dialog.showModal();
    field.select();
    window.htmx?.trigger(field, "palette");
    return true;
  };
}
