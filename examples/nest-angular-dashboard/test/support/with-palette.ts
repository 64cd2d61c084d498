import { crc32, deflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';

const COLOURS = 128;

/** The same picture as a PNG with a palette, a quarter as large: its most frequent colours, and for every other the one that is nearest. */
export async function withPalette(page: Page, png: Buffer): Promise<Buffer> {
  const { width, height, url } = await page.evaluate(pixelsOf, png.toString('base64'));
  const bytes = Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
  const pixels = Array.from({ length: width * height }, (_, i) => bytes.readUIntBE(4 * i, 3));
  const counts = new Map<number, number>();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const frequent = [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)!);
  const palette = frequent.slice(0, COLOURS);
  const index = new Map(frequent.map((colour) => [colour, nearest(colour, palette)]));

  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8); // a byte for each pixel, that of the palette
  const rows = Buffer.alloc((width + 1) * height); // each row begins with its filter: none
  pixels.forEach((pixel, i) => (rows[i + Math.floor(i / width) + 1] = index.get(pixel)!));
  return Buffer.concat([
    png.subarray(0, 8),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap(channels))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** In the page, which can read a PNG: red, green, blue and opacity of each pixel, as the text of a data URL, which is quick to hand over. */
async function pixelsOf(base64: string): Promise<{ width: number; height: number; url: string }> {
  const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  const reader = new FileReader();
  reader.readAsDataURL(new Blob([context.getImageData(0, 0, width, height).data]));
  await new Promise((resolve) => reader.addEventListener('load', resolve));
  return { width, height, url: reader.result as string };
}

const channels = (colour: number): [red: number, green: number, blue: number] => [
  colour >> 16,
  (colour >> 8) & 255,
  colour & 255,
];

function nearest(colour: number, palette: readonly number[]): number {
  const [red, green, blue] = channels(colour);
  const distances = palette.map((other) => {
    const [r, g, b] = channels(other);
    return (red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2;
  });
  return distances.indexOf(Math.min(...distances));
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [size, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([size, body, check]);
}
