/** Pictures as pixels: the sample, and files that the reader brings, which never leave the page. */
import { SAMPLE, samplePixels } from "./sample.js";

/** Larger pictures are made smaller: this is as many pixels as a worker should hold several times. */
const MOST_PIXELS = 4_000_000;

export const samplePicture = (): ImageData => new ImageData(samplePixels(), SAMPLE.width, SAMPLE.height);

/** Throws if the browser knows no picture of this kind. */
export async function pictureFrom(file: Blob): Promise<ImageData> {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)));
  const [width, height] = [bitmap.width, bitmap.height].map((each) => Math.max(1, Math.floor(each * scale))) as [
    number,
    number,
  ];
  const context = new OffscreenCanvas(width, height).getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}
