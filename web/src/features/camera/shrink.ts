/** What a shot's long side may have, in pixels: small print stays readable, and the hub shows 2,000. */
export const LONG_SIDE = 2400;
const QUALITY = 0.85;

/** The size a picture of `width` × `height` gets: never larger than it is. */
export function shrunk(
  width: number,
  height: number,
  longSide = LONG_SIDE,
): { width: number; height: number } {
  const scale = Math.min(1, longSide / Math.max(width, height));
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/** A photo as a JPEG of moderate size, upright, made on this device. What cannot be read as a picture stays as it is. */
export async function shrink(photo: File): Promise<File> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(photo, { imageOrientation: "from-image" });
  } catch {
    return photo;
  }
  try {
    return await jpegOf(picture, picture.width, picture.height, photo.name);
  } finally {
    picture.close();
  }
}

/** Draws a picture or a video's present frame into a JPEG. */
export async function jpegOf(
  source: CanvasImageSource,
  sourceWidth: number,
  sourceHeight: number,
  name: string,
): Promise<File> {
  const { width, height } = shrunk(sourceWidth, sourceHeight);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d")?.drawImage(source, 0, 0, width, height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (!blob) throw new Error("this device cannot make a JPEG");
  return new File([blob], `${name.replace(/\.\w+$/, "")}.jpg`, { type: "image/jpeg" });
}
