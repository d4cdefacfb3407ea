// The console's own scripts. Each page works without them; each of them makes one thing quicker.
import { followTheme } from "./theme.js";
import { offerCopies } from "./copy.js";
import { closeToasts } from "./toasts.js";
import { tick } from "./clock.js";
import { listenForKeys } from "./shortcuts.js";
import { openPaletteOn } from "./palette.js";
import { goLive } from "./live.js";

followTheme();
offerCopies(document);
closeToasts();
tick();
const openPalette = openPaletteOn(document.getElementById("palette"));
listenForKeys(openPalette);
goLive(document.querySelector("[data-live-socket]"));
document.addEventListener("htmx:afterSwap", (event) => offerCopies(event.target));
