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
