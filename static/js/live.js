// Live updates. The server says only *what* changed; the page fetches its own part again, so rights stay in one place.
// An element takes part by data-live="system other" hx-get="…" hx-trigger="live". It is never swapped while the pointer
// is over it or the focus in it: then "2 new, show" waits above the foot until somebody wants it.
const POLL = 10_000;
const LONGEST = 30_000;
const SIGNED_OUT = 4401; // the server ends the socket so when the session has ended
const PAUSED = "live-paused";

export function goLive(bar) {
  if (!bar || !window.WebSocket) return;
  const words = Object.fromEntries([...bar.querySelector("template").content.querySelectorAll("[data-word]")].map((w) => [w.dataset.word, w.textContent]));
  const page = new Page(words);
  const display = new Display(bar, words);
  const line = new Line(bar.dataset.liveSocket, {
    state: (state) => display.state(state),
    changed: (topics) => page.changed(topics),
    lost: () => page.pollWhile(() => !line.open),
  });
  display.onPause((paused) => page.pause(paused));
  bar.hidden = false;
  line.connect();
}

// ── the socket ──────────────────────────────────────────────────────────────────────────────────────────────────
class Line {
  open = false;
  tries = 0;

  constructor(path, tell) {
    this.address = new URL(path, location.href);
    this.address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.tell = tell;
    addEventListener("pagehide", () => { this.leaving = true; });
    addEventListener("online", () => this.socket?.readyState === WebSocket.CLOSED && this.connect());
  }

  connect() {
    clearTimeout(this.timer);
    this.socket = new WebSocket(this.address);
    this.socket.addEventListener("open", () => this.opened());
    this.socket.addEventListener("message", (event) => this.tell.changed(JSON.parse(event.data).changed ?? []));
    this.socket.addEventListener("close", (event) => this.closed(event.code));
  }

  opened() {
    if (this.tries) this.tell.changed(["*"]); // what changed meanwhile is not known, so all of it is asked again
    this.open = true;
    this.tries = 0;
    this.tell.state("live");
  }

  closed(code) {
    if (this.leaving) return;
    if (code === SIGNED_OUT) return this.tell.state("signed-out"); // trying again would only be refused
    if (this.open || !this.tries) this.tell.lost();
    this.open = false;
    this.tries += 1;
    this.tell.state(this.tries > 2 ? "polling" : "reconnecting");
    const longest = Math.min(LONGEST, 1000 * 2 ** (this.tries - 1));
    this.timer = setTimeout(() => this.connect(), longest * (0.5 + Math.random() / 2)); // not all browsers at once
  }
}

// ── what the top bar shows ──────────────────────────────────────────────────────────────────────────────────────
class Display {
  constructor(bar, words) {
    this.words = words;
    this.status = bar.querySelector("[data-live-state]");
    this.word = bar.querySelector("[data-live-word]");
    this.button = bar.querySelector("[data-live-pause]");
    this.last = "connecting";
  }

  state(state) {
    this.last = state;
    const shown = this.paused ? "paused" : state;
    this.status.dataset.liveState = shown;
    this.status.dataset.tone = { live: "good", paused: "idle", connecting: "idle" }[shown] ?? "warn";
    this.status.querySelector("use").setAttribute("href", { live: "#live", paused: "#pause" }[shown] ?? "#silent");
    this.word.textContent = this.words[shown];
  }

  onPause(pause) {
    const set = (paused) => {
      this.paused = paused;
      this.button.setAttribute("aria-pressed", String(paused));
      this.state(this.last);
      pause(paused);
    };
    this.button.addEventListener("click", () => {
      sessionStorage.setItem(PAUSED, this.paused ? "" : "yes");
      set(!this.paused);
    });
    set(Boolean(sessionStorage.getItem(PAUSED)));
  }
}

// ── the parts of the page ───────────────────────────────────────────────────────────────────────────────────────
class Page {
  waiting = new Map(); // topics of one part (its data-live) → how many changes are not shown yet
  paused = false;

  constructor(words) {
    this.words = words;
    this.region = document.getElementById("live-announcements");
    this.held = document.getElementById("live-held");
    this.button = this.held.querySelector("button");
    this.button.addEventListener("click", () => this.showAll(() => true));
    for (const kind of ["pointerout", "focusout"]) {
      document.addEventListener(kind, (event) => event.target.closest?.("[data-live]") && this.later());
    }
  }

  parts(topics) {
    const wanted = (part) => topics.includes("*") || part.dataset.live.split(" ").some((topic) => topics.includes(topic));
    return [...document.querySelectorAll("[data-live]")].filter(wanted);
  }

  changed(topics) {
    for (const part of this.parts(topics)) {
      if (this.paused || busy(part)) this.waiting.set(part.dataset.live, (this.waiting.get(part.dataset.live) ?? 0) + 1);
      else fetchAnew(part);
    }
    this.tellWhatWaits();
  }

  showAll(free) {
    for (const part of document.querySelectorAll("[data-live]")) {
      if (this.waiting.has(part.dataset.live) && free(part)) {
        this.waiting.delete(part.dataset.live);
        fetchAnew(part);
      }
    }
    this.tellWhatWaits();
  }

  later() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.paused || this.showAll((part) => !busy(part)), 1000);
  }

  pause(paused) {
    this.paused = paused;
    if (!paused) this.showAll((part) => !busy(part));
  }

  tellWhatWaits() {
    const count = [...this.waiting.values()].reduce((sum, n) => sum + n, 0);
    this.held.hidden = count === 0;
    if (!count) return;
    this.button.textContent = this.words.show.replace("#", count);
    this.announce(this.words.announce.replace("#", count));
  }

  announce(text) {
    clearTimeout(this.speaking); // many changes in a row are one sentence, not twenty
    this.speaking = setTimeout(() => { this.region.textContent = text; }, 2000);
  }

  pollWhile(down) {
    clearInterval(this.polling);
    this.polling = setInterval(() => {
      if (!down()) clearInterval(this.polling);
      else if (!document.hidden && !this.paused) this.parts(["*"]).filter((part) => !busy(part)).forEach(fetchAnew);
    }, POLL);
  }
}

// What a page fetches by itself must not keep a session alive: nobody may be sitting in front of it.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.triggeringEvent?.type === "live") detail.headers["X-Live"] = "1";
});

function busy(part) {
  return part.matches(":hover") || part.contains(document.activeElement);
}

function fetchAnew(part) {
  window.htmx?.trigger(part, "live");
}
