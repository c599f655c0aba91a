/* Names while somebody types, and a list that narrows at once. Without this file the form is sent. */
const field = document.querySelector("input[list][data-suggest]");
let waiting;

async function suggest() {
  const words = field.value.trim();
  if (words.length < 2) return;
  const address = `${field.dataset.suggest}?${new URLSearchParams({ q: words })}`;
  try {
    const answer = await fetch(address);
    if (answer.ok && field.value.trim() === words) field.list.innerHTML = await answer.text();
  } catch {
    field.list.replaceChildren(); // no signal: what is typed can still be sent
  }
}

field?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(suggest, 200);
});

const form = document.querySelector("form[data-narrow]");
let asked = 0;

function chosenAddress() {
  const set = [...new FormData(form)].filter(([, value]) => value !== "");
  return `${form.getAttribute("action")}${set.length ? "?" : ""}${new URLSearchParams(set)}`;
}

/* The new list and its counts take the place of the old; what had the focus keeps it. */
async function show(address, keep) {
  const turn = ++asked;
  const results = document.getElementById("results");
  results.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { headers: { "X-Narrow": "1" } });
    if (!answer.ok) return location.assign(address);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (turn !== asked) return;
    const focused = document.activeElement?.id;
    for (const id of ["rail-button", "rail", "results"]) document.getElementById(id).replaceWith(fresh.getElementById(id));
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    if (keep) history.pushState({ narrowed: true }, "", address);
  } catch {
    location.assign(address); // the browser says best that there is no signal
  }
}

document.addEventListener("change", (event) => {
  if (event.target.form === form && event.target !== field) show(chosenAddress(), true);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest(".chosen a, a.pill");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show(link.href, true);
});
addEventListener("popstate", () => form && location.reload());
