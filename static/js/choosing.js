// Rows of a table that are chosen for an act on many: how many there are, all at once, and kept when the rows come anew.
for (const form of document.querySelectorAll("form[data-choosing]")) choose(form);

function choose(form) {
  const bar = form.querySelector(".bulkbar");
  if (!bar) return;
  const count = bar.querySelector("[data-chosen]");
  const all = bar.querySelector("input[name=all]");
  const words = count.dataset.words;
  const kept = new Set();
  const boxes = () => [...form.querySelectorAll("input[name=station]")];

  const show = () => {
    const chosen = boxes().filter((box) => box.checked);
    kept.clear();
    for (const box of boxes()) {
      if (box.checked) kept.add(box.value);
      box.closest("tr").classList.toggle("selected", box.checked);
    }
    const head = form.querySelector("[data-choose-all]");
    head.hidden = false;
    head.checked = chosen.length > 0 && chosen.length === boxes().length;
    head.indeterminate = chosen.length > 0 && !head.checked;
    count.textContent = words.replace("#", chosen.length);
    bar.hidden = chosen.length === 0 && !all?.checked;
  };

  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-choose-all]")) for (const box of boxes()) box.checked = event.target.checked;
    show();
  });
  form.addEventListener("htmx:afterSwap", () => {
    for (const box of boxes()) box.checked = kept.has(box.value);
    show();
  });
  show();
}
