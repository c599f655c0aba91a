/* Comfort on top of plain HTML: every page works without this file. */
const all = (selector, root = document) => root.querySelectorAll(selector);

function liveStepper(box) {
  const input = box.querySelector("input");
  const buttons = all("[data-step]", box);
  const number = (text, fallback) => (text === "" ? fallback : Number(text));
  const limit = () => {
    const value = number(input.value, 0);
    for (const button of buttons) {
      const down = button.dataset.step === "-1";
      button.disabled = down ? value <= number(input.min, -Infinity) : value >= number(input.max, Infinity);
    }
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const step = number(input.step, 1) * Number(button.dataset.step);
      const value = number(input.value, 0) + step;
      input.value = Math.min(Math.max(value, number(input.min, -Infinity)), number(input.max, Infinity));
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  input.addEventListener("input", limit);
  box.classList.add("is-live");
  limit();
}

function countdownWords(milliseconds, [days, hours, minutes, closed]) {
  const left = Math.floor(milliseconds / 60000);
  if (left <= 0) return closed;
  const parts = [[Math.floor(left / 1440), days], [Math.floor(left / 60) % 24, hours], [left % 60, minutes]];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts.slice(first, first + 2).filter(([amount]) => amount > 0).map(([amount, word]) => `${amount} ${word}`).join(" ");
}

function refreshCountdowns() {
  for (const time of all("[data-countdown]")) {
    const left = new Date(time.dateTime) - Date.now();
    time.textContent = countdownWords(left, time.dataset.words.split("|"));
    time.classList.toggle("little-time", left < 3600000);
  }
}

/* What the eye reads, in the same order: nothing that is hidden, and the numbers in fields. */
function readable(root) {
  const parts = [];
  const walk = (element) => {
    if (element.matches("svg, [data-listen], .sr, script, template") || element.checkVisibility?.() === false) return;
    if (element.matches("input[type=number], input[type=text], textarea")) parts.push(element.value);
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE && node.data.trim()) parts.push(node.data.trim());
      else if (node.nodeType === Node.ELEMENT_NODE) walk(node);
    }
  };
  walk(root);
  return parts.filter(Boolean).join(" ");
}

const voice = () => speechSynthesis.getVoices().find(({ lang }) => lang.slice(0, 2).toLowerCase() === document.documentElement.lang);

/* The same button stops; it is there only where the phone has a voice for this language. */
function speak(button) {
  if (speechSynthesis.speaking) return speechSynthesis.cancel();
  const words = new SpeechSynthesisUtterance(readable(document.querySelector(button.dataset.listen)));
  const label = [...button.childNodes].findLast((node) => node.nodeType === Node.TEXT_NODE);
  const before = label.data;
  words.voice = voice();
  words.lang = words.voice.lang;
  words.rate = 0.9;
  words.onend = words.onerror = () => (label.data = before);
  label.data = button.dataset.stop ?? before;
  speechSynthesis.speak(words);
}

function showListen(root = document) {
  for (const button of all("[data-listen]", root)) button.hidden = !voice();
}

/* One send only: the second click finds the button busy. Coming back to the page frees it. */
function busyOnSubmit(event) {
  const button = event.submitter;
  if (!button?.dataset.busy || event.defaultPrevented) return;
  if (button.getAttribute("aria-busy") === "true") return event.preventDefault();
  button.dataset.words = button.innerHTML;
  button.setAttribute("aria-busy", "true");
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  const sprite = document.querySelector("svg.icon use")?.getAttribute("href").split("#")[0];
  icon.classList.add("icon");
  icon.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${sprite}#loader`);
  icon.append(use);
  button.replaceChildren(icon, button.dataset.busy);
}

function freeButtons() {
  for (const button of all("[aria-busy=true][data-words]")) {
    button.innerHTML = button.dataset.words;
    button.removeAttribute("aria-busy");
    delete button.dataset.words;
  }
}

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch (error) {
    console.info("theme is not remembered on this device", error);
  }
}

function fadeToast(toast) {
  const leave = () => (toast.matches(":focus-within, :hover") ? setTimeout(leave, 2000) : toast.remove());
  setTimeout(leave, 6000);
}

/* A page that the service worker kept says when; fresh pages carry no date of their own. */
const keptAt = new Date(document.lastModified);
const isOld = Date.now() - keptAt > 30000;

function showSignal() {
  const kept = "hasKept" in document.documentElement.dataset; // kept.js knows
  for (const bar of all("[data-offline]")) {
    bar.hidden = (navigator.onLine && !isOld) || Boolean(document.querySelector(".kept")); // said there
    bar.querySelector("[data-plain]").hidden = kept || isOld;
    bar.querySelector("[data-kept]").hidden = !kept;
    const seen = bar.querySelector("[data-as-of]");
    seen.hidden = !isOld;
    const how = { dateStyle: "medium", timeStyle: "short" };
    seen.querySelector("time").textContent = keptAt.toLocaleString(document.documentElement.lang, how);
  }
}

/* LINE's own browser forgets service workers and has no home screen: it works without. */
async function workOffline() {
  try {
    await navigator.serviceWorker.register("/sw.js");
  } catch (error) {
    console.info("this browser keeps no pages", error);
  }
}

/* What waits to be sent goes out from any page: the worker sends it, for one who has one. */
const sendKept = () => navigator.serviceWorker?.controller?.postMessage("send-kept");

async function offerLastOrder() {
  const order = await caches.open("mine").then((mine) => mine.match("/offline/order"));
  for (const link of all("[data-last-order]")) link.hidden = !order;
}

/* Called for the page and for every piece that htmx brings in. */
export function enhance(root = document) {
  for (const box of all("[data-stepper]:not(.is-live)", root)) liveStepper(box);
  for (const toast of all("[data-toast]", root)) fadeToast(toast);
  if ("speechSynthesis" in window) showListen(root);
  for (const button of all("[data-theme-switch]", root)) button.hidden = false;
}

document.addEventListener("click", (event) => {
  const listen = event.target.closest("[data-listen]");
  if (listen) speak(listen);
  if (event.target.closest("[data-theme-switch]")) switchTheme();
});
/* Paper shows what is folded in, also where the style sheet alone cannot open it. */
function unfold(open) {
  for (const box of all(open ? ".on-paper:not([open])" : ".on-paper[data-unfolded]")) {
    box.toggleAttribute("data-unfolded", open);
    box.open = open;
  }
}
addEventListener("beforeprint", () => unfold(true));
addEventListener("afterprint", () => unfold(false));
document.addEventListener("submit", busyOnSubmit);
document.addEventListener("htmx:after:swap", (event) => enhance(event.target));
addEventListener("pageshow", (event) => event.persisted && freeButtons());
if ("speechSynthesis" in window) speechSynthesis.addEventListener?.("voiceschanged", () => showListen());
addEventListener("pagehide", () => "speechSynthesis" in window && speechSynthesis.cancel());
for (const change of ["online", "offline", "kept"]) addEventListener(change, showSignal);
addEventListener("kept", freeButtons);
addEventListener("online", sendKept);
enhance();
showSignal();
sendKept();
if ("serviceWorker" in navigator && !/\bLine\//.test(navigator.userAgent)) {
  addEventListener("load", () => setTimeout(workOffline, 3000)); // after all that the page needs
  if (document.querySelector("[data-last-order]")) offerLastOrder();
}
// Forms that wait on the phone without signal; pages for weak signals name the file themselves.
if (document.querySelector("form[data-keep]") && !document.querySelector("script[src*='kept.js']")) import("./kept.js");
refreshCountdowns();
setInterval(refreshCountdowns, 30000);
