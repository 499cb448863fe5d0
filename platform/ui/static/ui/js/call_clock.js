// How long the call has lasted, from the moment the page opened; the form takes the minutes along.
const clock = document.querySelector("[data-call-clock]");
if (clock) {
  const shown = clock.querySelector("[data-call-clock-shown]");
  const minutes = document.querySelector("[data-call-clock-minutes]");
  const begun = Date.now() - Number(minutes?.value || 0) * 60_000;
  const tick = () => {
    const seconds = Math.floor((Date.now() - begun) / 1000);
    shown.textContent = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
    if (minutes) minutes.value = String(Math.max(1, Math.ceil(seconds / 60)));
  };
  tick();
  setInterval(tick, 1000);
}
