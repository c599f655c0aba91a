/* A changed quantity is sent once the buyer stops pressing. Without this the button does it. */
const timers = new WeakMap();

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-send-change]");
  if (!form || !event.target.checkValidity()) return;
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => form.requestSubmit(), 700));
});
