/* A thrifty page that looks again when something changed: once a minute, only while somebody
   looks at it, a 304 of a few bytes as long as nothing did. Never over words being typed. */
let tag = null;
const busy = () => document.querySelector("input:focus, textarea:focus, dialog[open], details[open] form");

async function look() {
  if (document.hidden || !navigator.onLine) return;
  try {
    const headers = { "HX-Request": "true", ...(tag && { "If-None-Match": tag }) };
    const answer = await fetch(location.pathname, { headers });
    if (answer.redirected || answer.status !== 200) return;
    const first = tag === null;
    tag = answer.headers.get("ETag");
    if (!first && !busy()) location.reload();
  } catch (error) {
    console.info("no signal; it is asked again in a minute", error);
  }
}

setInterval(look, 60000);
document.addEventListener("visibilitychange", look);
look();
