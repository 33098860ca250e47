// A phone's photo is often 3 to 8 Mo: drawn again a little smaller it still reads well, and fits.

const LONGEST = [2400, 1800, 1280]; // px, tried in this order
const QUALITY = 0.82;

// `file` itself when it is no picture the browser can draw, no size fits, or a small phone has no memory left for it.
export async function lighter(file, limit) {
  const image = isPhoto(file) && (await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null));
  if (!image) return file;
  try {
    return (await fitting(image, limit, file.name)) ?? file;
  } catch {
    return file;
  } finally {
    image.close(); // some 50 MB that would wait for the garbage collector
  }
}

export const isPhoto = (file) => /^image\/(jpeg|png|webp|heic|heif|bmp)$/.test(file.type);

async function fitting(image, limit, name) {
  for (const longest of LONGEST) {
    const blob = await drawn(image, Math.min(1, longest / Math.max(image.width, image.height)));
    if (blob && blob.size <= limit) return new File([blob], renamed(name), { type: "image/jpeg" });
  }
}

function drawn(image, scale) {
  const canvas = Object.assign(document.createElement("canvas"), {
    width: Math.round(image.width * scale),
    height: Math.round(image.height * scale),
  });
  const brush = canvas.getContext("2d");
  brush.fillStyle = "#fff"; // JPEG has no transparency
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}

const renamed = (name) => `${name.replace(/\.[^.]+$/, "")}.jpg`;
