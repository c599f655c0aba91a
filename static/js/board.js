/* The board from the keyboard: one group is in the tab order, j and k go on from it. The rows are
   changed under us every few seconds; what has the focus keeps it. */
const rows = () => [...document.querySelectorAll("[data-row]")];
const link = (row) => row.querySelector("[data-open]");
let current = null; // id of the row

function mark() {
  const all = rows();
  const here = all.find((row) => row.id === current) ?? all[0];
  for (const row of all) link(row).tabIndex = row === here ? 0 : -1;
  return here;
}

function go(step) {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = at < 0 ? mark() : all[Math.min(Math.max(at + step, 0), all.length - 1)];
  if (!next) return;
  current = next.id;
  mark();
  link(next).focus();
}

const press = (what) => {
  const row = rows().find((one) => one.contains(document.activeElement)) ?? rows().find((one) => one.id === current);
  row?.querySelector(what)?.click();
};

function showKeys() {
  const sheet = document.querySelector("[data-keys]");
  sheet.open = !sheet.open;
  sheet.querySelector("summary").focus();
}

function lookForName() {
  const name = document.querySelector("[data-find]");
  if (!name) return; // nothing is asked of anybody yet
  name.closest("details").open = true; // folded on a phone
  name.select();
}

const acts = {
  j: () => go(1), ArrowDown: () => go(1), k: () => go(-1), ArrowUp: () => go(-1),
  c: () => press("[data-call]"), b: () => press("[data-behalf]"),
  "/": lookForName, "?": showKeys,
};
const remembered = "board-keys";
let on = true;
try {
  on = localStorage.getItem(remembered) !== "off";
} catch (error) {
  console.info("this device remembers nothing", error);
}

document.addEventListener("keydown", (event) => {
  const arrow = event.key.startsWith("Arrow");
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  if (!on || !(event.key in acts) || (arrow && !event.target.closest("[data-row]"))) return;
  event.preventDefault();
  acts[event.key]();
});
document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-row]");
  if (!row) return;
  current = row.id;
  mark();
});
document.addEventListener("htmx:after:swap", mark);

const sheet = document.querySelector("[data-keys]");
const choice = sheet.querySelector("[data-keys-on]");
sheet.hidden = false;
choice.checked = on;
choice.addEventListener("change", () => {
  on = choice.checked;
  try {
    localStorage.setItem(remembered, on ? "on" : "off");
  } catch (error) {
    console.info("this device remembers nothing", error);
  }
});
mark();
