import { closeSync, openSync, writeSync } from 'node:fs';

/** Two seconds at 12 frames per second. */
const FRAMES = 24;

/** Red, green and blue, each 0 to 255. */
type Colour = readonly [red: number, green: number, blue: number];

/** Somebody drawn in front of a wall. */
export interface Portrait {
  /** Of the wall; by this listeners recognise the picture. In degrees of the colour wheel. */
  readonly hue: number;
  readonly skin: Colour;
  readonly hair: Colour;
  readonly shirt: Colour;
  readonly hasLongHair: boolean;
}

export interface FakeCamera {
  readonly portrait: Portrait;
  /** Pixels; both even. */
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
}

/** Writes a Y4M file in which somebody sways and blinks; it loops without a seam. */
export function writeFakeCamera(path: string, camera: FakeCamera): void {
  const { width, height, framesPerSecond } = camera;
  const file = openSync(path, 'w');
  try {
    writeSync(file, `YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420\n`);
    for (let frame = 0; frame < FRAMES; frame += 1) {
      writeSync(file, 'FRAME\n');
      writeSync(file, drawFrame(camera, frame / FRAMES));
    }
  } finally {
    closeSync(file);
  }
}

/** One picture as planes of Y, Cb and Cr (4:2:0). @param phase 0 to 1, once through the loop. */
function drawFrame({ portrait, width, height }: FakeCamera, phase: number): Uint8Array {
  const pixels = width * height;
  const planes = new Uint8Array((pixels * 3) / 2);
  const colourAt = paint(portrait, phase);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      // The middle of the picture is 0, 0; its height is 2.
      const x = ((column - width / 2) / height) * 2;
      const y = ((row - height / 2) / height) * 2;
      const [red, green, blue] = colourAt(x, y, 2 / height);
      planes[row * width + column] = luma(red, green, blue);
      if (row % 2 === 0 && column % 2 === 0) {
        const chroma = (row / 2) * (width / 2) + column / 2;
        const brightness = 0.299 * red + 0.587 * green + 0.114 * blue;
        planes[pixels + chroma] = 128 + 0.4954 * (blue - brightness);
        planes[(pixels * 5) / 4 + chroma] = 128 + 0.6266 * (red - brightness);
      }
    }
  }
  return planes;
}

function luma(red: number, green: number, blue: number): number {
  // BT.601 in studio range: black is 16, white 235.
  return 16 + (0.299 * red + 0.587 * green + 0.114 * blue) * (219 / 255);
}

type Painter = (x: number, y: number, softness: number) => Colour;

/** The scene as a function from a point to its colour, back to front. */
function paint(portrait: Portrait, phase: number): Painter {
  const sway = 0.05 * Math.sin(2 * Math.PI * phase);
  const nod = 0.02 * Math.sin(4 * Math.PI * phase);
  const isBlinking = phase > 0.45 && phase < 0.52;
  const mouth = 0.02 + 0.018 * Math.abs(Math.sin(6 * Math.PI * phase));
  const light = hueToColour(portrait.hue, 0.72);
  const dark = hueToColour(portrait.hue, 0.42);
  const shade = mix(portrait.skin, [90, 50, 40], 0.25);
  const ink: Colour = [40, 34, 40];
  return (x, y, softness) => {
    const headX = x - sway;
    const headY = y - nod;
    const inside = (dx: number, dy: number, rx: number, ry: number): number => {
      const squared = (dx / rx) ** 2 + (dy / ry) ** 2;
      return squared > 4 ? 0 : coverage(Math.sqrt(squared), softness / Math.min(rx, ry));
    };
    let colour = mix(light, dark, clamp(0.5 + 0.45 * y + 0.2 * x));
    // A window on the wall.
    colour = mix(colour, light, 0.5 * inside(x + 1.15, y + 0.35, 0.34, 0.34));
    if (portrait.hasLongHair) {
      colour = mix(colour, portrait.hair, inside(headX, headY - 0.02, 0.43, 0.6));
    }
    colour = mix(colour, portrait.shirt, inside(x - sway * 0.4, y - 1.06, 0.8, 0.56));
    colour = mix(colour, shade, inside(headX * 1.02, headY - 0.36, 0.15, 0.3));
    colour = mix(colour, portrait.hair, inside(headX, headY + 0.2, 0.38, 0.42));
    colour = mix(colour, portrait.skin, inside(headX, headY + 0.06, 0.32, 0.42));
    colour = mix(
      colour,
      portrait.hair,
      inside(headX, headY + 0.44, 0.34, 0.16) * inside(headX, headY + 0.2, 0.38, 0.42),
    );
    const eye = isBlinking ? 0.006 : 0.038;
    colour = mix(colour, ink, inside(Math.abs(headX) - 0.125, headY + 0.06, 0.032, eye));
    colour = mix(colour, shade, inside(headX, headY - 0.06, 0.03, 0.05));
    return mix(colour, [150, 52, 58], inside(headX, headY - 0.18, 0.1, mouth));
  };
}

/** 1 inside the unit circle, 0 outside, and something between on its edge. */
function coverage(radius: number, softness: number): number {
  return clamp((1 - radius) / softness + 0.5);
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function mix(under: Colour, over: Colour, amount: number): Colour {
  if (amount <= 0) return under;
  if (amount >= 1) return over;
  return [
    under[0] + (over[0] - under[0]) * amount,
    under[1] + (over[1] - under[1]) * amount,
    under[2] + (over[2] - under[2]) * amount,
  ];
}

/** @param lightness 0 to 1. */
function hueToColour(hue: number, lightness: number): Colour {
  const channel = (offset: number): number => {
    const place = (offset + hue / 30) % 12;
    const spread = 0.45 * Math.min(lightness, 1 - lightness);
    return 255 * (lightness - spread * Math.max(-1, Math.min(place - 3, 9 - place, 1)));
  };
  return [channel(0), channel(8), channel(4)];
}
