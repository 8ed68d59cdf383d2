import { renderAsync } from '@resvg/resvg-js';

/** Pictures that people might put into a code, as SVG in a square of 7 by 7. */
const DRAWN = {
  black: '<rect width="7" height="7"/>',
  disc: '<circle cx="3.5" cy="3.5" r="3.5" fill="#d33"/>',
  letters: '<path d="M0 0h1v7h-1zM2 0h1v7h-1zM4 0h1v7h-1zM6 0h1v7h-1z"/>',
  gradient:
    '<defs><linearGradient id="g"><stop offset="0"/><stop offset="1" stop-color="#fff"/></linearGradient></defs><rect width="7" height="7" fill="url(#g)"/>',
  switch: '<path d="M0 6h3c3 0 1-5 4-5" stroke="#12a874" fill="none" stroke-width="1.5"/>',
  checked: [0, 2, 4, 6].map((y) => `<path d="M0 ${y}h1v1h-1zM2 ${y}h1v1h-1zM4 ${y}h1v1h-1z"/>`).join(''),
  veil: '<rect width="7" height="7" fill="#000" opacity=".5"/>',
} as const;

/** Pictures with what a scanner takes for the corner of a code. */
const MARKED = {
  corner: '<path d="M0 0h7v7h-7z"/><path d="M1 1h5v5h-5z" fill="#fff"/><path d="M2 2h3v3h-3z"/>',
  target:
    '<circle cx="3.5" cy="3.5" r="3.5"/><circle cx="3.5" cy="3.5" r="2.5" fill="#fff"/><circle cx="3.5" cy="3.5" r="1.5"/>',
  eye: '<g fill="#c00" transform="scale(.4) translate(8 3)"><circle cx="3.5" cy="3.5" r="3.5"/><circle cx="3.5" cy="3.5" r="2.5" fill="#fff"/><circle cx="3.5" cy="3.5" r="1.5"/></g>',
} as const;

export const LOGO_NAMES = Object.keys(DRAWN) as (keyof typeof DRAWN)[];
export const MARKED_LOGO_NAMES = Object.keys(MARKED) as (keyof typeof MARKED)[];

export async function logoPng(
  name: keyof typeof DRAWN | keyof typeof MARKED,
  width = 210,
  height = width,
): Promise<Buffer> {
  return await drawnPng({ ...DRAWN, ...MARKED }[name], width, height);
}

async function drawnPng(body: string, width: number, height: number): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 7 7" preserveAspectRatio="none">${body}</svg>`;
  return (await renderAsync(svg, { font: { loadSystemFonts: false } })).asPng();
}

/** A green JPEG of 16 by 16 pixels. */
export const TINY_JPEG: Buffer = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADb/2wBDAP//////////////////////////////////////////////////////////////////////////////////////2wBDAf//////////////////////////////////////////////////////////////////////////////////////wAARCAAQABADASIAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAVAQEBAAAAAAAAAAAAAAAAAAAAAv/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AAAl/9k=',
  'base64',
);
