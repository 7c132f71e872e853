// Draws icon.png: an arrow that passes through a gate. Run by hand when the drawing changes.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";

const SIZE = 128;
const SAMPLES = 4; // Per pixel and axis, against jagged edges.

const roundedBox = (x, y, left, top, right, bottom, radius) => {
  const dx = Math.max(left + radius - x, x - (right - radius), 0);
  const dy = Math.max(top + radius - y, y - (bottom - radius), 0);
  return dx * dx + dy * dy <= radius * radius;
};

// The last shape that holds a point gives its colour.
const SHAPES = [
  [[0x1f, 0x2a, 0x44], (x, y) => roundedBox(x, y, 4, 4, 124, 124, 26)],
  [[0xf2, 0xf5, 0xfa], (x, y) => roundedBox(x, y, 30, 26, 42, 102, 4)],
  [[0xf2, 0xf5, 0xfa], (x, y) => roundedBox(x, y, 86, 26, 98, 102, 4)],
  [[0xf2, 0xf5, 0xfa], (x, y) => roundedBox(x, y, 30, 26, 98, 37, 4)],
  [[0x3d, 0xd6, 0x8c], (x, y) => roundedBox(x, y, 18, 62, 84, 74, 3)],
  [[0x3d, 0xd6, 0x8c], (x, y) => x >= 74 && x <= 112 && Math.abs(y - 68) <= (112 - x) * 0.62],
];

const colourAt = (x, y) => SHAPES.findLast(([, holds]) => holds(x, y))?.[0];

const rows = [];
for (let y = 0; y < SIZE; y++) {
  const row = Buffer.alloc(1 + SIZE * 4); // Starts with the filter type 0.
  for (let x = 0; x < SIZE; x++) {
    const sum = [0, 0, 0];
    let hits = 0;
    for (let i = 0; i < SAMPLES * SAMPLES; i++) {
      const colour = colourAt(x + ((i % SAMPLES) + 0.5) / SAMPLES, y + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES);
      if (colour === undefined) continue;
      hits++;
      colour.forEach((value, channel) => (sum[channel] += value));
    }
    const alpha = Math.round((255 * hits) / (SAMPLES * SAMPLES));
    row.set([...sum.map((value) => (hits === 0 ? 0 : Math.round(value / hits))), alpha], 1 + x * 4);
  }
  rows.push(row);
}

const chunk = (type, data) => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
};

const header = Buffer.alloc(13);
header.writeUInt32BE(SIZE, 0);
header.writeUInt32BE(SIZE, 4);
header.set([8, 6, 0, 0, 0], 8); // 8 bits, RGBA.

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const png = [signature, chunk("IHDR", header), chunk("IDAT", deflateSync(Buffer.concat(rows), { level: 9 })), chunk("IEND", Buffer.alloc(0))];
writeFileSync(path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "icon.png"), Buffer.concat(png));
