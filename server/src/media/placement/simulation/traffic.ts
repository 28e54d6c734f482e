import { createRandom, exponential, type Random } from './random.ts';

/** What people do all day, by the numbers. */
export interface TrafficOptions {
  /** So many rooms hold one meeting after the other. */
  readonly rooms: number;
  /** So many people are there at the same time, once it has begun everywhere. */
  readonly participants: number;
  readonly regions: number;
  readonly durationS: number;
  readonly seed: number;
}

/** One meeting. */
export interface Meeting {
  readonly region: string;
  readonly size: number;
}

/** One stay of somebody in a meeting. Seconds since the start. */
export interface Visit {
  readonly meeting: Meeting;
  readonly region: string;
  readonly isReceiveOnly: boolean;
  readonly fromS: number;
  readonly toS: number;
}

/** The first meetings begin over so long. */
export const WARM_UP_S = 900;

/** How much rarer rooms of twice the size are: 2 to the power of this. The tail is heavy below 2. */
const TAIL = 1.3;
const LARGEST_SHARE = 0.02;
/** Of larger meetings only so many publish. */
const MOST_PUBLISHERS = 50;
const HOME_SHARE = 0.9;
/** Meetings that begin as the clock strikes, and fill within seconds. */
const STRUCK_SHARE = 0.3;
const STRIKE_EVERY_S = 300;
const STORM_S = 10;
const ARRIVAL_MEAN_S = 60;
const LEAVES_EARLY_SHARE = 0.2;
const DURATION_MIN_S = 600;
const DURATION_MEAN_MORE_S = 1_200;
const PAUSE_MEAN_S = 60;
/** A room without its people yet, between two meetings, or left early is worth so much of a full one. */
const PRESENT_SHARE = 0.79;

/**
 * Everybody who will come, by the second in which they do. The same options give the same
 * people, whatever is done with them.
 */
export function planTraffic(options: TrafficOptions): readonly (readonly Visit[])[] {
  const { rooms, durationS, seed } = options;
  const random = createRandom(seed);
  const sizes = drawSizes(options, random);
  const arrivals: Visit[][] = Array.from({ length: durationS }, () => []);
  for (let room = 0; room < rooms; room += 1) {
    const region = `region-${Math.floor(random() * options.regions)}`;
    let startS = random() * WARM_UP_S;
    // The first meeting has its own size, so that all sizes occur.
    let size = sizes[room] ?? 2;
    while (startS < durationS) {
      startS = isStruck(random) ? Math.ceil(startS / STRIKE_EVERY_S) * STRIKE_EVERY_S : startS;
      const lengthS = DURATION_MIN_S + exponential(random, DURATION_MEAN_MORE_S);
      addVisits(arrivals, { region, size }, startS, startS + lengthS, options, random);
      startS += lengthS + exponential(random, PAUSE_MEAN_S);
      size = sizes[Math.floor(random() * sizes.length)] ?? 2;
    }
  }
  return arrivals;
}

function isStruck(random: Random): boolean {
  return random() < STRUCK_SHARE;
}

/** Most are small; some are so large that much of the people are in them. At least 2 each. */
function drawSizes({ rooms, participants }: TrafficOptions, random: Random): readonly number[] {
  const largest = Math.max(10, participants * LARGEST_SHARE);
  const raw = Array.from({ length: rooms }, () => (1 - random()) ** (-1 / TAIL));
  const total = participants / PRESENT_SHARE;
  // Rounding and the two bounds change the sum: a few rounds bring it near.
  let scale = total / raw.reduce((sum, one) => sum + one, 0);
  const sized = () => raw.map((one) => Math.max(2, Math.round(Math.min(one * scale, largest))));
  for (let round = 0; round < 8; round += 1) {
    scale *= total / sized().reduce((sum, one) => sum + one, 0);
  }
  return sized();
}

function addVisits(
  arrivals: readonly Visit[][],
  meeting: Meeting,
  startS: number,
  endS: number,
  { regions }: TrafficOptions,
  random: Random,
): void {
  const isStorm = startS % STRIKE_EVERY_S === 0;
  for (let index = 0; index < meeting.size; index += 1) {
    const delayS = isStorm ? random() * STORM_S : exponential(random, ARRIVAL_MEAN_S);
    const fromS = Math.floor(startS + Math.min(delayS, (endS - startS) / 2));
    const share = random() < LEAVES_EARLY_SHARE ? random() : 1;
    const toS = Math.ceil(fromS + 1 + (endS + random() * STORM_S - fromS) * share);
    arrivals[fromS]?.push({
      meeting,
      region: random() < HOME_SHARE ? meeting.region : `region-${Math.floor(random() * regions)}`,
      isReceiveOnly: index > 0 && random() >= MOST_PUBLISHERS / meeting.size,
      fromS,
      toS,
    });
  }
}
