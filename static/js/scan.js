/* Scanning a code with the camera, on top of a field one can type into.
   <button type="button" data-scan="#code" data-close="Close" hidden>Scan</button> shows itself where
   the browser reads codes (BarcodeDetector); pressed, it opens the camera, fills the field with what
   was read (a whole address, if the code holds one: the server takes it apart) and sends its form.
   data-scan-again: after the page came back from a scan, the camera opens by itself once more.
   Elsewhere nothing changes: codes are typed, or come from a scanner that types. */
const AGAIN = "scan-again";
const EVERY_MS = 200;

const canScan = () => "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);

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

async function readCode(video, isOpen) {
  const detector = new window.BarcodeDetector();
  while (isOpen()) {
    const found = video.readyState >= 2 ? await detector.detect(video) : [];
    if (found.length) return found[0].rawValue;
    await new Promise((wake) => setTimeout(wake, EVERY_MS));
  }
  return null;
}

function send(button, code) {
  const input = document.querySelector(button.dataset.scan);
  input.value = code;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  if ("scanAgain" in button.dataset) sessionStorage.setItem(AGAIN, `${location.pathname} ${Date.now()}`);
  navigator.vibrate?.(60);
  input.form.requestSubmit();
}

async function scan(button) {
  const { dialog, video } = openWindow(button);
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.srcObject = stream;
    await video.play();
    const code = await readCode(video, () => dialog.open);
    if (code) send(button, code);
  } catch (error) {
    console.info("no camera, codes are typed", error);
    button.hidden = true;
    document.querySelector(button.dataset.scan)?.focus();
  } finally {
    for (const track of stream?.getTracks() ?? []) track.stop();
    dialog.close();
    dialog.remove();
  }
}

function wantedAgain() {
  const [path, at] = (sessionStorage.getItem(AGAIN) ?? " 0").split(" ");
  sessionStorage.removeItem(AGAIN);
  return path === location.pathname && Date.now() - Number(at) < 20000;
}

if (canScan()) {
  const buttons = document.querySelectorAll("[data-scan]");
  for (const button of buttons) {
    button.hidden = false;
    button.addEventListener("click", () => scan(button));
  }
  const again = [...buttons].find((button) => "scanAgain" in button.dataset);
  if (again && wantedAgain()) scan(again);
}
