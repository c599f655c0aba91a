/* An institution's order, row by row. Without this file every button sends the page. */
const form = document.querySelector("form[data-order]");
const lost = form?.querySelector("[data-lost]");

/* An answer that is no part of this page (signed out, refused, no signal) leaves all as typed. */
form?.addEventListener("htmx:before:response", (event) => {
  const { raw, status } = event.detail.ctx.response;
  lost.hidden = !raw.redirected && status < 400;
  if (!lost.hidden) event.preventDefault();
});
form?.addEventListener("htmx:error", () => (lost.hidden = false));

/* Signed out meanwhile, saving would leave this page for one that says no. Ask first; whoever has
   signed in again has another form token. */
const out = form?.querySelector("[data-out]");
let asked = false;
form?.addEventListener("submit", async (event) => {
  const { submitter } = event;
  if (asked) return void (asked = false);
  event.preventDefault();
  lost.hidden = out.hidden = true;
  try {
    const here = await fetch(form.action, { cache: "no-store" });
    out.hidden = !here.redirected;
    lost.hidden = here.redirected || here.ok;
    if (here.redirected || !here.ok) return (here.redirected ? out : lost).focus();
    const { token } = await (await fetch("/form-token", { cache: "no-store" })).json();
    form.elements.csrf_token.value = token;
  } catch (error) {
    console.info("not saved", error);
    lost.hidden = false;
    return lost.focus();
  }
  asked = true;
  form.requestSubmit(submitter);
});

function drop(row) {
  const near = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (near?.querySelector("[data-goods]") ?? form.querySelector("[data-add]")).focus();
  form.dispatchEvent(new Event("change", { bubbles: true })); // the sum
}

form?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-drop], [data-see]");
  if (!button) return;
  event.preventDefault();
  if (button.matches("[data-drop]")) drop(button.closest("[data-row]"));
});

/* Enter takes the first of the goods below, else goes on to the next field. */
form?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches("[data-row] input")) return;
  event.preventDefault();
  const row = event.target.closest("[data-row]");
  const first = event.target.matches("[data-goods]") && row.querySelector(".found button");
  if (first) return first.click();
  const fields = [...form.querySelectorAll("[data-row] input:not([type=hidden])")];
  (fields[fields.indexOf(event.target) + 1] ?? form.querySelector("[data-add]")).focus();
});

/* What was wrong is being put right. */
form?.addEventListener("input", ({ target }) => {
  if (target.getAttribute("aria-invalid") !== "true") return;
  target.removeAttribute("aria-invalid");
  document.getElementById(`${target.id}-error`)?.remove();
});
