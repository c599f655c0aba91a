/* A photo is shown before it is sent, and made small first: weak signals pay for every byte. */
const SIDE = 1920;
const QUALITY = 0.85;
const form = document.querySelector("[data-photo-form]");
const input = form.querySelector("input[type=file]");
const seen = form.querySelector("[data-photo-seen]");
form.classList.add("is-live");

async function small(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  seen.src = canvas.toDataURL("image/jpeg", 0.6);
  seen.hidden = false;
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  return blob && blob.size < file.size && file.type === "image/jpeg" ? blob : null;
}

/* What the browser cannot read goes as it is: the server says what is wrong with it. */
input.addEventListener("change", async () => {
  const [file] = input.files;
  seen.hidden = true;
  if (!file) return;
  const blob = await small(file).catch(() => null);
  if (!blob || input.files[0] !== file) return;
  const files = new DataTransfer();
  files.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
  input.files = files.files;
});
