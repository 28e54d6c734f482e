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
  const { portrait, width, height, framesPerSecond } = camera;
  const wall = new Picture(width, height);
  paintWall(wall, portrait);
  const file = openSync(path, 'w');
  try {
    writeSync(file, `YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420\n`);
    for (let frame = 0; frame < FRAMES; frame += 1) {
      const picture = wall.copy();
      for (const shape of personAt(portrait, frame / FRAMES)) picture.paint(shape);
      writeSync(file, 'FRAME\n');
      writeSync(file, picture.toPlanes());
    }
  } finally {
    closeSync(file);
  }
}

/** An ellipse. The middle of the picture is 0, 0; its height is 2. */
interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly rx: number;
  readonly ry: number;
}

interface Shape extends Ellipse {
  readonly colour: Colour;
  /** Nothing is painted outside of this. */
  readonly clip?: Ellipse;
}

/** Pixels to paint on. */
class Picture {
  readonly #width: number;
  readonly #height: number;
  readonly #rgb: Uint8ClampedArray;

  constructor(width: number, height: number, rgb = new Uint8ClampedArray(width * height * 3)) {
    this.#width = width;
    this.#height = height;
    this.#rgb = rgb;
  }

  copy(): Picture {
    return new Picture(this.#width, this.#height, this.#rgb.slice());
  }

  /** Colours every pixel by its place. */
  fill(colourAt: (x: number, y: number) => Colour): void {
    for (let row = 0; row < this.#height; row += 1) {
      for (let column = 0; column < this.#width; column += 1) {
        const colour = colourAt(this.#xOf(column), this.#yOf(row));
        this.#rgb.set(colour, (row * this.#width + column) * 3);
      }
    }
  }

  paint({ colour, clip, ...shape }: Shape): void {
    const softness = 2 / this.#height;
    const [red, green, blue] = colour;
    const bottom = Math.min(this.#height, this.#rowOf(shape.y + shape.ry + softness));
    const right = Math.min(this.#width, this.#columnOf(shape.x + shape.rx + softness));
    for (let row = Math.max(0, this.#rowOf(shape.y - shape.ry)); row < bottom; row += 1) {
      const y = this.#yOf(row);
      const left = Math.max(0, this.#columnOf(shape.x - shape.rx));
      for (let column = left; column < right; column += 1) {
        const x = this.#xOf(column);
        let amount = coverage(shape, x, y, softness);
        if (clip !== undefined) amount *= coverage(clip, x, y, softness);
        if (amount === 0) continue;
        const place = (row * this.#width + column) * 3;
        this.#blend(place, red, amount);
        this.#blend(place + 1, green, amount);
        this.#blend(place + 2, blue, amount);
      }
    }
  }

  /** Planes of Y, Cb and Cr (4:2:0) after BT.601 in studio range, where black is 16 and white 235. */
  toPlanes(): Uint8Array {
    const pixels = this.#width * this.#height;
    const planes = new Uint8Array((pixels * 3) / 2);
    for (let row = 0; row < this.#height; row += 1) {
      for (let column = 0; column < this.#width; column += 1) {
        const pixel = row * this.#width + column;
        const red = this.#rgb[pixel * 3] ?? 0;
        const blue = this.#rgb[pixel * 3 + 2] ?? 0;
        const brightness = 0.299 * red + 0.587 * (this.#rgb[pixel * 3 + 1] ?? 0) + 0.114 * blue;
        planes[pixel] = 16 + brightness * (219 / 255);
        if (row % 2 === 1 || column % 2 === 1) continue;
        const chroma = (row / 2) * (this.#width / 2) + column / 2;
        planes[pixels + chroma] = 128 + 0.4954 * (blue - brightness);
        planes[(pixels * 5) / 4 + chroma] = 128 + 0.6266 * (red - brightness);
      }
    }
    return planes;
  }

  #blend(place: number, value: number, amount: number): void {
    const under = this.#rgb[place] ?? 0;
    this.#rgb[place] = under + (value - under) * amount;
  }

  #xOf(column: number): number {
    return ((column - this.#width / 2) / this.#height) * 2;
  }

  #yOf(row: number): number {
    return ((row - this.#height / 2) / this.#height) * 2;
  }

  #columnOf(x: number): number {
    return Math.floor((x / 2) * this.#height + this.#width / 2);
  }

  #rowOf(y: number): number {
    return Math.floor((y / 2) * this.#height + this.#height / 2);
  }
}

function paintWall(picture: Picture, { hue }: Portrait): void {
  const light = hueToColour(hue, 0.72);
  const dark = hueToColour(hue, 0.42);
  picture.fill((x, y) => mix(light, dark, clamp(0.5 + 0.45 * y + 0.2 * x)));
  const lamp = hueToColour(hue, 0.76);
  picture.paint({ x: -1.15, y: -0.35, rx: 0.34, ry: 0.34, colour: lamp });
}

/** Head and shoulders, back to front. @param phase 0 to 1, once through the loop. */
function personAt(portrait: Portrait, phase: number): Shape[] {
  const { skin, hair, shirt } = portrait;
  const x = 0.05 * Math.sin(2 * Math.PI * phase);
  const y = 0.02 * Math.sin(4 * Math.PI * phase);
  const isBlinking = phase > 0.45 && phase < 0.52;
  const mouth = 0.085 + 0.02 * Math.abs(Math.sin(6 * Math.PI * phase));
  const shade = mix(skin, [90, 50, 40], 0.25);
  const ink: Colour = [40, 34, 40];
  const skull: Ellipse = { x, y: y - 0.2, rx: 0.38, ry: 0.42 };
  const eye = { y: y - 0.06, rx: 0.032, ry: isBlinking ? 0.006 : 0.038, colour: ink };
  return [
    ...(portrait.hasLongHair ? [{ x, y: y + 0.02, rx: 0.43, ry: 0.6, colour: hair }] : []),
    { x: x * 0.4, y: 1.06, rx: 0.8, ry: 0.56, colour: shirt },
    { x, y: y + 0.36, rx: 0.15, ry: 0.3, colour: shade },
    { ...skull, colour: hair },
    { x, y: y - 0.06, rx: 0.32, ry: 0.42, colour: skin },
    { x, y: y - 0.44, rx: 0.34, ry: 0.16, colour: hair, clip: skull },
    { ...eye, x: x - 0.125 },
    { ...eye, x: x + 0.125 },
    { x, y: y + 0.14, rx: 0.11, ry: mouth, colour: [150, 52, 58] },
    // What is left of the mouth under this is a smile.
    { x, y: y + 0.1, rx: 0.14, ry: 0.08, colour: skin },
    { x, y: y + 0.06, rx: 0.03, ry: 0.05, colour: shade },
  ];
}

/** 1 inside, 0 outside, and something between on the edge. */
function coverage({ x, y, rx, ry }: Ellipse, atX: number, atY: number, softness: number): number {
  const dx = (atX - x) / rx;
  const dy = (atY - y) / ry;
  return clamp(((1 - Math.sqrt(dx * dx + dy * dy)) * Math.min(rx, ry)) / softness + 0.5);
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function mix(under: Colour, over: Colour, amount: number): Colour {
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
