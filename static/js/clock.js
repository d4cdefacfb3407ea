// The console's clock goes on from the moment at which the server wrote it; this device's own time of day is never shown.
export function tick() {
  const clocks = [...document.querySelectorAll("[data-ticking]")];
  if (!clocks.length) return;
  const loaded = performance.now();
  const began = Date.now();
  const start = clocks.map((clock) => Date.parse(clock.dateTime));
  const show = () => {
    // While a device sleeps only its time of day goes on; the larger of both spans is what has passed.
    const passed = Math.max(performance.now() - loaded, Date.now() - began);
    clocks.forEach((clock, at) => {
      const now = new Date(start[at] + passed).toISOString();
      clock.dateTime = now;
      clock.textContent = now.slice(11, 19);
    });
  };
  setInterval(show, 1000);
}
