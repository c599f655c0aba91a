/* Forms with data-keep go through the outbox: sent at once where there is signal, else kept on the
   phone. data-keep says in words what is sent, {field} standing for what was chosen. What waits is
   listed on every page that has the template, until it was sent or its refusal was read.
   Load outbox.js before this, or it is fetched. */
if (!globalThis.outbox) await import("./outbox.js");
/* Letters of our own cost 52 kB: a signal so weak that the page took its time, or one that is paid
   for by the byte, does without. */
const QUICK_MS = 1200;
if (performance.now() < QUICK_MS && !navigator.connection?.saveData) document.body.classList.remove("thrifty");

const template = document.querySelector("template[data-kept]");
const { outbox } = globalThis;
const pathOf = (address) => new URL(address, location.href).pathname;

function wordsOf(form, fields, submitter) {
  const typed = Object.fromEntries(fields);
  if (!form.dataset.keep) return (submitter?.dataset.words ?? submitter?.textContent ?? "").replace(/<[^>]*>/g, "").trim();
  const shown = (value) => ("keepEach" in form.dataset ? value : Number(value).toLocaleString("en"));
  return form.dataset.keep.replace(/\{(\w+)\}/g, (_whole, name) => shown(typed[name]));
}

/* Fetched while there is signal: without one it is too late. */
const asItIs = () => ({ lighter: (file) => file });
const painting = document.querySelector("form[data-keep] input[type=file]") ? import("./lighter.js").catch(asItIs) : asItIs();

async function fieldsOf(form, submitter) {
  const fields = [...new FormData(form, submitter)].filter(([, value]) => typeof value === "string" || value.size);
  for (const field of fields) {
    if (typeof field[1] !== "string") field[1] = await (await painting).lighter(field[1]);
  }
  return fields;
}

function entryOf(form, submitter, fields) {
  return {
    key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`,
    action: form.action,
    page: location.pathname,
    then: form.dataset.then ?? location.pathname,
    words: wordsOf(form, fields, submitter),
    at: Date.now(),
    state: "waiting",
    keeper: template?.dataset.keeper ?? "",
    each: "keepEach" in form.dataset,
    fields,
  };
}

/* A later answer from this phone to the same question takes the place of one that still waits, or
   that was refused: its reader has just mended it.
   Forms with data-keep-each ask something new every time (a code of a box): all of them wait. */
async function keep(entry) {
  for (const before of entry.each ? [] : await outbox.all()) {
    if (mine(before) && before.action === entry.action) await outbox.remove(before.key);
  }
  await outbox.put(entry);
}

async function submitted(event) {
  const form = event.target;
  if (!("keep" in form.dataset) || event.defaultPrevented) return;
  event.preventDefault();
  const { submitter } = event;
  try {
    await keep(entryOf(form, submitter, await fieldsOf(form, submitter)));
  } catch (error) {
    console.info("this phone keeps nothing, so it is sent the plain way", error);
    if (submitter?.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: submitter.name, value: submitter.value }));
    form.submit();
    return;
  }
  if ("keepEach" in form.dataset) form.reset();
  sending = navigator.onLine;
  await show();
  document.querySelector(".kept")?.focus();
  await sendAll();
}

/* What this page knows to be waiting. What is gone from the box was taken by the market, whoever of
   page and worker sent it: go on as a plain form would. */
let seen = [];

/* While it is on its way nobody is told that there is no signal. */
let sending = navigator.onLine;

async function sendAll() {
  if (!seen.length && !(await outbox.all()).length) return;
  const told = await outbox.flush();
  sending = false;
  const left = new Set((await outbox.all()).map(({ key }) => key));
  const gone = [...seen, ...told].find(({ key, page }) => page === location.pathname && !left.has(key));
  if (gone) return goOn(gone.then);
  await show();
  if (!told.length) await wakeLater();
}

function goOn(then) {
  if (then !== location.pathname) return location.assign(then);
  reloadWithoutHash();
}

function reloadWithoutHash() {
  history.replaceState(null, "", location.pathname + location.search);
  location.reload();
}

/* With the page closed the service worker sends, in browsers that wake it. */
async function wakeLater() {
  const registered = await navigator.serviceWorker?.getRegistration();
  try {
    await registered?.sync?.register("outbox");
  } catch (error) {
    console.info("sent when a page is opened again", error);
  }
}

function card(entry) {
  const item = template.content.querySelector("li").cloneNode(true);
  item.querySelector("[data-kept-words]").textContent = entry.words;
  const when = item.querySelector("time");
  when.dateTime = new Date(entry.at).toISOString();
  when.textContent = new Date(entry.at).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
  const state = entry.state === "waiting" && sending ? "sending" : entry.state;
  for (const part of item.querySelectorAll("[data-kept-if]")) part.hidden = part.dataset.keptIf !== state;
  if (entry.said) item.querySelector("[data-kept-said]").textContent = entry.said;
  for (const button of item.querySelectorAll("button")) button.addEventListener("click", () => forget(entry));
  return item;
}

async function forget(entry) {
  await outbox.remove(entry.key);
  await show();
}

/* A question that was answered on this phone is not asked again while the answer waits. */
function fold(entries) {
  const waiting = new Set(entries.filter(({ state, each }) => state !== "refused" && !each).map(({ action }) => pathOf(action)));
  for (const form of document.querySelectorAll("form[data-keep]")) {
    const screen = form.closest("[data-kept-hides]") ?? form;
    screen.hidden = waiting.has(pathOf(form.action));
  }
}

/* On a shared phone nobody reads what another left waiting; the market does not take it from them. */
const mine = ({ keeper }) => !keeper || !template?.dataset.keeper || keeper === template.dataset.keeper;

async function show() {
  const entries = (seen = (await outbox.all()).filter(mine));
  document.querySelector(".kept")?.remove();
  document.documentElement.toggleAttribute("data-has-kept", entries.length > 0);
  dispatchEvent(new Event("kept"));
  if (!template) return;
  fold(entries);
  if (!entries.length) return;
  const list = template.content.querySelector("section").cloneNode(true);
  list.querySelector("ul").replaceChildren(...entries.map(card));
  document.querySelector("main").prepend(list);
}

/* How much of it: band, shortage and button follow the stepper. Without scripts the page still sends. */
const partForm = document.querySelector("form[data-part]");
const input = partForm?.querySelector('input[name="units"]');
const button = document.querySelector("[data-part-words]");
const short = partForm?.querySelector("[data-part-short]");
const band = partForm?.querySelector("[data-part-band] svg");

function follow() {
  const asked = Number(partForm.dataset.part);
  const units = Math.min(Math.max(Number(input.value) || 0, 0), asked);
  short.textContent = (asked - units).toLocaleString("en");
  const words = button.dataset.partWords.replace("{n}", units.toLocaleString("en"));
  const label = [...button.childNodes].findLast((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  if (label) label.data = words;
  const percent = `${(100 * units) / asked}%`;
  const [woven, edge] = [band?.querySelector(".weft > :first-child"), band?.querySelector(".weft > [class^=edge]")];
  woven?.setAttribute("width", percent);
  edge?.setAttribute("x", percent);
}

input?.addEventListener("input", follow);

document.addEventListener("submit", submitted);
addEventListener("online", () => sendAll());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sendAll());
await show();
await sendAll();
