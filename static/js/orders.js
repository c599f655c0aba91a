/* A changed quantity is sent once the buyer stops pressing. Without this the button does it. */
const timers = new WeakMap();

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-send-change]");
  if (!form || !event.target.checkValidity()) return;
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => form.requestSubmit(), 700));
});

/* Places while somebody types. Without this the button finds them all the same. */
const place = document.querySelector("input[data-places]");
const list = document.querySelector("[data-places-list]");
let waiting;

async function suggest() {
  const words = place.value.trim();
  if (words.length < 2) return;
  const address = `${place.dataset.places}?${new URLSearchParams({ q: words })}`;
  try {
    const answer = await fetch(address);
    if (answer.ok && place.value.trim() === words) list.innerHTML = await answer.text();
  } catch {
    list.replaceChildren(); // no signal: what is typed can still be sent
  }
}

place?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(suggest, 250);
});

/* A link to pass on: the phone's own sheet where there is one, else the clipboard. */
for (const button of document.querySelectorAll("button[data-share]")) {
  if (!navigator.share && !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const data = { title: button.dataset.title, url: button.dataset.share };
    try {
      if (navigator.share) return await navigator.share(data);
      await navigator.clipboard.writeText(data.url);
      button.querySelector("span").textContent = button.dataset.done;
    } catch (error) {
      console.info("not shared", error.name);
    }
  });
}
