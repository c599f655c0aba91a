/* Parts of a page that renew themselves (data-live). Each is asked for with the tag of what is
   shown, so that an unchanged one costs a 304; not while nobody looks at the tab; ever less often
   while there is no answer, with the words of when it was last right. */
const LONGEST = 120000;
const parts = () => document.querySelectorAll("[data-live]");
const known = new WeakMap();

function about(part) {
  if (!known.has(part)) known.set(part, { tag: null, failures: 0, next: 0, seen: new Date() });
  return known.get(part);
}

function renew(part) {
  part.dispatchEvent(new Event("live"));
}

function showLost(part, lost) {
  const box = document.getElementById(`${part.id}-lost`);
  if (!box) return;
  const { seen } = about(part);
  const time = box.querySelector("time");
  time.dateTime = seen.toISOString();
  time.textContent = seen.toLocaleTimeString("th-TH", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Bangkok" });
  box.hidden = !lost;
}

function failed(part) {
  const state = about(part);
  state.failures += 1;
  state.next = Date.now() + Math.min(LONGEST, 5000 * 2 ** state.failures) * (0.8 + Math.random() / 5);
  setTimeout(renew, state.next - Date.now() + 10, part);
  showLost(part, true);
}

function answered(part, response) {
  const state = about(part);
  if (response.status === 200) state.tag = response.headers.get("ETag");
  Object.assign(state, { failures: 0, next: 0, seen: new Date() });
  showLost(part, false);
}

const onPart = (name, act) => document.addEventListener(name, (event) => {
  if (event.target instanceof Element && event.target.matches("[data-live]")) act(event, event.target);
});

onPart("htmx:before:request", (event, part) => {
  const state = about(part);
  if (document.hidden || Date.now() < state.next) return event.preventDefault();
  if (state.tag) event.detail.ctx.request.headers["If-None-Match"] = state.tag;
});
onPart("htmx:before:response", (event, part) => {
  const { response } = event.detail.ctx;
  if (response.raw.redirected) return location.reload(); // signed out meanwhile
  if (response.status < 400) return answered(part, response);
  event.preventDefault(); // an error page does not belong here
  failed(part);
});
onPart("htmx:error", (_event, part) => failed(part));

document.addEventListener("visibilitychange", () => document.hidden || parts().forEach(renew));
addEventListener("online", () => {
  for (const part of parts()) {
    about(part).next = 0;
    renew(part);
  }
});
addEventListener("pagehide", () => parts().forEach((part) => (about(part).next = Infinity)));
addEventListener("pageshow", (event) => event.persisted && parts().forEach((part) => {
  about(part).next = 0;
  renew(part);
}));
/* What a person has opened stays open, what somebody typed is not typed over, and a form that says
   so (data-hold) is left alone from the first letter on: its rows may be gone in what is new. */
window.htmx?.config.morphIgnore.push("open", "tabindex", "hx-morph-skip-children");
window.htmx?.registerExtension("typed", {
  htmx_before_morph_attr: (input, { attrName }) => attrName !== "value" || !input.matches("input:not([type=hidden])") || input.value === input.defaultValue,
});
document.addEventListener("input", (event) => event.target.closest("form[data-hold]")?.setAttribute("hx-morph-skip-children", ""));
