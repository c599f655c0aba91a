/* Names while somebody types. Without this file the field searches all the same. */
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
