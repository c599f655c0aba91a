/* Notices on this browser's own screen; shown only where the browser can do it. */
const box = document.querySelector("[data-push]");

function bytes(key) {
  const text = atob(key.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

async function tell(subscription, off) {
  const { endpoint, keys } = subscription.toJSON();
  const body = new URLSearchParams({ endpoint, ...keys, ...(off ? { off: "1" } : {}) });
  const token = document.querySelector("meta[name=csrf-token]").content;
  const answer = await fetch(box.dataset.to, { method: "POST", body, headers: { "X-CSRFToken": token } });
  if (!answer.ok) throw new Error(`not kept: ${answer.status}`);
}

async function show(worker) {
  const subscription = await worker.pushManager.getSubscription();
  box.querySelector("[data-push-on]").hidden = Boolean(subscription);
  box.querySelector("[data-push-off]").hidden = !subscription;
  box.hidden = false;
}

/* What the browser or the market refuses is said under the buttons. */
async function attempt(act, worker) {
  const said = box.querySelector("[data-push-said]");
  said.textContent = "";
  try {
    await act(worker);
    await show(worker);
  } catch (error) {
    console.warn(error);
    said.textContent = box.dataset.failed;
  }
}

async function on(worker) {
  if ((await Notification.requestPermission()) !== "granted") throw new Error("not allowed");
  await tell(await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(box.dataset.push) }));
}

async function off(worker) {
  const subscription = await worker.pushManager.getSubscription();
  if (!subscription) return;
  await tell(subscription, true);
  await subscription.unsubscribe();
}

async function start() {
  const worker = await navigator.serviceWorker.ready;
  box.querySelector("[data-push-on]").addEventListener("click", () => attempt(on, worker));
  box.querySelector("[data-push-off]").addEventListener("click", () => attempt(off, worker));
  await show(worker);
}

if (box && "serviceWorker" in navigator && "PushManager" in window) start();
