// Ctrl-K (or Command-K) opens the palette. "/" goes to the search field, unless the account switched single keys off.
export function listenForKeys(openPalette) {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      if (openPalette && openPalette()) event.preventDefault();
    } else if (event.key === "/" && !event.ctrlKey && !event.metaKey && mayUseSingleKeys(event.target)) {
      const search = document.getElementById("search-field");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select();
    }
  });
}

function mayUseSingleKeys(target) {
  const writing = target.closest("input, textarea, select, [contenteditable], dialog");
  return document.body.dataset.singleKeys === "on" && !writing;
}
