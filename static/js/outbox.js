/* What was sent without signal waits on the phone and goes out by itself, once each. Pages and the
   service worker share this file, hence one global and no import. The server takes the same form
   twice without harm; an entry leaves only when the server has it, or when its refusal was read. */
(() => {
  const BOX = "outbox";
  const PATIENCE_MS = 25000;

  const asked = (request) =>
    new Promise((done, fail) => {
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });

  async function store(mode) {
    const opening = indexedDB.open(BOX, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(BOX, { keyPath: "key" });
    return (await asked(opening)).transaction(BOX, mode).objectStore(BOX);
  }

  const all = async () => (await asked((await store("readonly")).getAll())).sort((a, b) => a.at - b.at);
  const put = async (entry) => asked((await store("readwrite")).put(entry));
  const remove = async (key) => asked((await store("readwrite")).delete(key));

  /* Text goes as a plain form, a picture needs the long kind. */
  function bodyOf({ fields }, token) {
    const plain = fields.every(([, value]) => typeof value === "string");
    const body = plain ? new URLSearchParams() : new FormData();
    for (const [name, value] of fields) body.append(name, token && name === "csrf_token" ? token : value);
    return body;
  }

  const post = (entry, token) =>
    fetch(entry.action, {
      method: "POST",
      body: bodyOf(entry, token),
      redirect: "manual", // being sent on to the next page is how the server says yes
      credentials: "same-origin",
      headers: { "Kept-Form": entry.key, "Kept-Owner": entry.keeper ?? "" },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });

  const freshToken = async () => (await (await fetch("/form-token", { cache: "no-store" })).json()).token;

  /* sent, refused (the words are kept to be read) or locked (sign in, or open the link again).
     Throws while the market cannot be reached: the entry stays. */
  async function send(entry) {
    let answer = await post(entry);
    if (answer.status === 400) answer = await post(entry, await freshToken()); // the token was too old
    if (answer.type === "opaqueredirect" || answer.ok) {
      await remove(entry.key);
      return { ...entry, state: "sent" };
    }
    if ([408, 425, 429].includes(answer.status) || answer.status >= 500) throw new Error(`busy: ${answer.status}`);
    const said = decodeURIComponent(answer.headers.get("Refused-Words") ?? "");
    const locked = [400, 401, 403].includes(answer.status);
    const told = { ...entry, state: locked ? "locked" : "refused", said };
    await put(told);
    return told;
  }

  /* Send what waits, oldest first, never twice at a time; what became of each. */
  async function flush() {
    const work = async () => {
      const told = [];
      for (const entry of await all()) {
        if (entry.state === "refused") continue;
        try {
          told.push(await send(entry));
        } catch (error) {
          console.info("kept until there is signal", error);
          break;
        }
      }
      return told;
    };
    return navigator.locks ? navigator.locks.request(BOX, work) : work();
  }

  globalThis.outbox = { all, put, remove, flush };
})();
