// Copy buttons are hidden until this finds a clipboard to copy to (it needs https or the own machine).
export function offerCopies(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("button[data-copy][hidden]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  const word = button.querySelector("span");
  const use = button.querySelector("use");
  const before = [word.textContent, use.getAttribute("href")];
  button.dataset.state = "done";
  word.textContent = button.dataset.done;
  use.setAttribute("href", "#good");
  setTimeout(() => {
    delete button.dataset.state;
    word.textContent = before[0];
    use.setAttribute("href", before[1]);
  }, 2000);
}
