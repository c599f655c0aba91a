/* Scanning a code with the camera, on top of a field one can type into.
   <button type="button" data-scan="#code" data-reader="/static/js/qr-decode.min.js" hidden>Scan</button>
   shows itself where there is a camera; pressed, it opens it, fills the field with what was read (a
   whole address, if the code holds one: the server takes it apart) and sends its form.
   The browser reads codes itself where it can (BarcodeDetector); elsewhere (iPhones, Firefox, most
   desks) data-reader is fetched, and only once the camera opens.
   data-scan-again: after the page came back from a scan, the camera opens by itself once more.
   Without a camera nothing changes: codes are typed, or come from a scanner that types. */
const AGAIN = "scan-again";
const EVERY_MS = 200;
const SIDE_PX = 640; // a square of so many is enough for a label held in front, and quick to read

const canScan = () => Boolean(navigator.mediaDevices?.getUserMedia);

function openWindow(button) {
  const dialog = document.createElement("dialog");
  const video = document.createElement("video");
  const close = document.createElement("button");
  video.playsInline = video.muted = true;
  Object.assign(video.style, { display: "block", width: "100%", maxHeight: "70vh", marginBottom: "12px" });
  Object.assign(dialog.style, { width: "min(100vw, 34rem)", maxWidth: "100vw", padding: "12px", border: "0" });
  dialog.setAttribute("aria-label", button.textContent.trim());
  close.type = "button";
  close.className = "btn btn-secondary btn-wide btn-last";
  close.textContent = button.dataset.close ?? "×";
  close.addEventListener("click", () => dialog.close());
  dialog.append(video, close);
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, video };
}

/* A function from a playing video to what its code says, or nothing. */
async function makeReader(address) {
  const own = (await window.BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? [];
  if (own.includes("qr_code")) {
    const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  }
  const { decodeQR } = await import(address);
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const picture = middleOf(video, brush);
    try {
      return decodeQR(picture);
    } catch {
      return null; // its way to say that there is no code in the picture
    }
  };
}

function middleOf(video, brush) {
  const { videoWidth: width, videoHeight: height } = video;
  const side = Math.min(width, height);
  const small = Math.min(side, SIDE_PX);
  brush.canvas.width = brush.canvas.height = small;
  brush.drawImage(video, (width - side) / 2, (height - side) / 2, side, side, 0, 0, small, small);
  return brush.getImageData(0, 0, small, small);
}

/* known: the label that was just read and may still lie in front of the camera. */
async function readCode(video, reader, isOpen, known) {
  while (isOpen()) {
    const code = video.readyState >= 2 ? await reader(video) : null;
    if (code && code !== known) return code;
    await new Promise((wake) => setTimeout(wake, EVERY_MS));
  }
  return null;
}

function send(button, code) {
  const input = document.querySelector(button.dataset.scan);
  input.value = code;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  if ("scanAgain" in button.dataset) {
    sessionStorage.setItem(AGAIN, JSON.stringify({ path: location.pathname, at: Date.now(), code }));
  }
  navigator.vibrate?.(60);
  input.form.requestSubmit();
}

/* Refused, taken by another program, or the reader did not come: say so and go on by typing. */
function typeInstead(button) {
  const words = document.createElement("p");
  words.className = "hint";
  words.setAttribute("role", "status");
  button.replaceWith(words);
  words.textContent = button.dataset.without;
  document.querySelector(button.dataset.scan)?.focus();
}

async function scan(button, known = null) {
  const { dialog, video } = openWindow(button);
  let stream;
  try {
    const reader = makeReader(button.dataset.reader);
    reader.catch(() => dialog.close()); // the camera may still wait for a yes
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    video.srcObject = stream;
    await video.play();
    const code = await readCode(video, await reader, () => dialog.open, known);
    if (code) send(button, code);
  } catch (error) {
    console.info("no camera, codes are typed", error);
    typeInstead(button);
  } finally {
    for (const track of stream?.getTracks() ?? []) track.stop();
    dialog.close();
    dialog.remove();
  }
}

/* The code that was just sent from this page, if its page came back. */
function sentFromHere() {
  const { path, at, code } = JSON.parse(sessionStorage.getItem(AGAIN) ?? "{}");
  sessionStorage.removeItem(AGAIN);
  return path === location.pathname && Date.now() - at < 20000 ? code : null;
}

if (canScan()) {
  const buttons = document.querySelectorAll("[data-scan]");
  for (const button of buttons) {
    button.hidden = false;
    button.addEventListener("click", () => scan(button));
  }
  const again = [...buttons].find((button) => "scanAgain" in button.dataset);
  const sent = again && sentFromHere();
  if (sent) scan(again, sent);
}
