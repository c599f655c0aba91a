/* The lines of a round: what changed is marked, arrows move, a pasted column fills downwards, and
   where the price goes follows what is typed. Without this the form sends all the same. */
const form = document.querySelector("form[data-lines]");
const money = document.querySelector("#money");
let waiting;

function column(input) {
  const letter = input.name.slice(0, 2);
  return [...form.querySelectorAll("input.cell")].filter((cell) => cell.name.startsWith(letter));
}

function mark(input) {
  input.classList.toggle("changed", input.value.trim() !== input.defaultValue);
}

async function show(input) {
  const id = input.name.slice(2);
  const price = form.elements[`p-${id}`].value;
  const address = form.dataset.money.replace("/0/", `/${id}/`);
  try {
    const answer = await fetch(`${address}?${new URLSearchParams({ price })}`);
    if (answer.ok) money.innerHTML = await answer.text();
  } catch {
    money.setAttribute("aria-busy", "true"); // no signal: the table can still be filled
  }
}

function follow(input) {
  clearTimeout(waiting);
  waiting = setTimeout(() => show(input), 250);
}

form?.addEventListener("input", (event) => {
  if (!event.target.matches(".cell")) return;
  mark(event.target);
  if (event.target.name.startsWith("p-")) follow(event.target);
});

form?.addEventListener("focusin", (event) => {
  if (!event.target.matches(".cell")) return;
  event.target.select();
  follow(event.target);
});

form?.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1, Enter: 1 }[event.key];
  if (!step || !event.target.matches(".cell") || event.isComposing) return;
  const cells = column(event.target);
  const next = cells[cells.indexOf(event.target) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

form?.addEventListener("paste", (event) => {
  const words = event.clipboardData?.getData("text") ?? "";
  const rows = words.replace(/\r/g, "").replace(/\n$/, "").split("\n");
  if (!event.target.matches(".cell") || rows.length < 2) return;
  event.preventDefault();
  const cells = column(event.target);
  const start = cells.indexOf(event.target);
  rows.forEach((row, index) => {
    const cell = cells[start + index];
    const typed = row.split("\t")[0].trim();
    if (!cell || !typed) return;
    cell.value = typed;
    mark(cell);
  });
});

/* Only changed lines travel. */
form?.addEventListener("submit", () => {
  for (const row of form.querySelectorAll("tbody tr")) {
    const inputs = [...row.querySelectorAll("input")];
    const changed = inputs.some((input) => input.matches(".changed"));
    const wrong = row.classList.contains("wrong");
    if (!changed && !wrong) inputs.forEach((input) => (input.disabled = true));
  }
});

const shares = document.querySelector("form[data-shares]");
shares?.addEventListener("input", () => {
  const typed = [...shares.querySelectorAll("input.input")].map((i) => Number(i.value) || 0);
  const rest = 100 - typed.reduce((sum, n) => sum + n, 0);
  shares.querySelector("[data-rest]").textContent = `${Math.round(rest * 100) / 100} %`;
});
