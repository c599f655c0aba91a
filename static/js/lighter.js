/* A photo made smaller before it is kept or sent: weak signals pay for every byte. What the browser
   cannot draw goes as it is: the server says what is wrong with it. */
const SIDE = 1600;
const QUALITY = 0.82;
const ENOUGH_BYTES = 300_000;

export async function lighter(file) {
  if (file.size < ENOUGH_BYTES) return file;
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
    return blob.size < file.size ? new File([blob], "photo.jpg", { type: blob.type }) : file;
  } catch (error) {
    console.info("sent as it is", error);
    return file;
  }
}
