/* The part screen: band, shortage and button follow the stepper. Without scripts the page still sends. */
const form = document.querySelector("[data-part]");
const input = form?.querySelector('input[name="units"]');
const button = document.querySelector("[data-part-words]");
const short = form?.querySelector("[data-part-short]");
const band = form?.querySelector("[data-part-band] svg");

function follow() {
  const asked = Number(form.dataset.part);
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
