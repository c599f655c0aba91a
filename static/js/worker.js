/* The service worker (served as /sw.js, after VERSION and SHELL). Pages always come from the
   market when there is signal: what is kept is only for when there is none. */
const FILES = `files-${VERSION}`;
const MINE = "mine"; // the last order page of whoever uses this browser; one at most
const ORDER = "/offline/order";

self.addEventListener("install", (event) => {
  event.waitUntil(fillShell().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith("files-") && name !== FILES);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.registration.navigationPreload?.enable();
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  // Forms are not answered here and what follows them is not seen: what is kept goes before.
  const changes = url.pathname === "/sign-out" || (url.pathname === "/sign-in" && request.method === "POST");
  if (changes) event.waitUntil(caches.delete(MINE));
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(navigate(event, url));
  else if (isFile(url)) event.respondWith(file(request));
});

/* Forms that wait on the phone (outbox.js, put before this) go out when there is signal again. */
self.addEventListener("sync", (event) => {
  if (event.tag === "outbox") event.waitUntil(sendKept());
});
self.addEventListener("message", (event) => {
  if (event.data === "send-kept") event.waitUntil(outbox.flush());
});

async function sendKept() {
  await outbox.flush();
  const left = (await outbox.all()).some(({ state }) => state === "waiting");
  if (left) throw new Error("no signal yet"); // the browser tries again later
}

async function fillShell() {
  const files = await caches.open(FILES);
  await files.addAll([...SHELL, new Request("/offline", { cache: "reload" })]);
}

/* Styles, scripts, fonts and icons; photos are left to the browser's own cache. */
function isFile(url) {
  return /^\/static\/(css|js|fonts)\/|^\/static\/img\/[^/]+\.svg$/.test(url.pathname);
}

async function file(request) {
  const files = await caches.open(FILES);
  const kept = await files.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await files.put(request, answer.clone());
  return answer;
}

async function navigate(event, url) {
  try {
    const answer = (await event.preloadResponse) ?? (await fetch(event.request));
    event.waitUntil(keep(answer.clone()));
    return answer;
  } catch (error) {
    console.info("no signal", error);
    return (await lastOrder(url)) ?? (await caches.match("/offline")) ?? Response.error();
  }
}

/* Another owner than before, or nobody: what was kept goes. Then the order page, if it is one. */
async function keep(answer) {
  const owner = answer.headers.get("Offline-Owner");
  if (!owner) return;
  const mine = await caches.open(MINE);
  const before = await mine.match(ORDER);
  if (before && before.headers.get("Offline-Owner") !== owner) await mine.delete(ORDER);
  if (answer.ok && !answer.redirected && owner !== "-" && answer.headers.get("Offline-Copy") === "order") {
    await mine.put(ORDER, await dated(answer));
  }
}

/* The page tells by document.lastModified how old it is. */
async function dated(answer) {
  const headers = new Headers(answer.headers);
  headers.set("Last-Modified", new Date().toUTCString());
  headers.set("Kept-Path", new URL(answer.url).pathname);
  headers.delete("Content-Encoding");
  return new Response(await answer.blob(), { headers });
}

/* The kept order answers for its own address, and for the button on the page without signal. */
async function lastOrder(url) {
  const order = await caches.open(MINE).then((mine) => mine.match(ORDER));
  const asked = [ORDER, order?.headers.get("Kept-Path")];
  return order && asked.includes(url.pathname) ? order : undefined;
}

/* A notice of the market: shown even when no page is open, one for each tag. */
self.addEventListener("push", (event) => {
  const told = readNotice(event.data);
  event.waitUntil(
    self.registration.showNotification(told.title, {
      body: told.body, tag: told.tag, lang: "th", icon: "/static/img/icon-192.png", data: { url: told.url },
    }),
  );
});

function readNotice(data) {
  try {
    return data.json();
  } catch (error) {
    console.info("a push without words", error);
    return { title: "ตลาดลอยฟ้า", body: "", tag: "notice", url: "/inbox" };
  }
}

/* Opens what the notice is about, in a tab that is there already if there is one. */
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, location.origin);
  event.waitUntil(url.origin === location.origin ? openPage(url.href) : undefined);
});

async function openPage(href) {
  const [tab] = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!tab) return clients.openWindow(href);
  await tab.focus();
  return tab.navigate(href);
}
