import type { PlacementReason } from './choose-place.ts';

/**
 * What people in rooms cost a media worker, as far as it was measured: one core of a Xeon
 * under KVM, SRTP by OpenSSL, congestion control on. The machine at hand differs; placement
 * uses these figures for the second until the worker's own measurement is there.
 */

/** Seconds of processor for one packet on its way to one client, at 100 subscribers. */
const FORWARD_S = 7.2e-6;
/** For one packet at one end of a pipe: what forwarding takes without congestion control. */
const PIPE_END_S = 4.4e-6;
/** For a join: ICE, DTLS and signalling. Measured: 2.7 to 5.8 ms. */
const JOIN_S = 4e-3;

/** Packets per second: a camera that is shown large, one that is shown small, somebody who speaks. */
const LARGE_VIDEO_PPS = 100;
const SMALL_VIDEO_PPS = 30;
const SPEECH_PPS = 50;
/** Of a camera in both sizes, and of a microphone that is silent most of the time. */
const PUBLISHED_PPS = LARGE_VIDEO_PPS + SMALL_VIDEO_PPS + 20;

/** Of so many people somebody sees the picture at once, one of them large. */
const SEEN_AT_ONCE = 9;
/** So many speak at once, in a lively room. */
const HEARD_AT_ONCE = 3;
/** Of so many tracks somebody on a router has a subscription: the defaults of `last_n` and `loudest_n`. */
const SEEN_IN_ROOM = 25;
const HEARD_IN_ROOM = 6;

/** Cores that forwarding to one more takes, in a room where so many publish besides. */
function receivingCores(publishers: number): number {
  const seen = Math.min(publishers, SEEN_AT_ONCE);
  const large = Math.min(seen, 1);
  const packets =
    large * LARGE_VIDEO_PPS +
    (seen - large) * SMALL_VIDEO_PPS +
    Math.min(publishers, HEARD_AT_ONCE) * SPEECH_PPS;
  return packets * FORWARD_S;
}

/**
 * Cores that taking in somebody's camera and microphone costs. A packet that comes in is
 * taken to cost what one that goes out does.
 */
const PUBLISHING_CORES = PUBLISHED_PPS * FORWARD_S;

/**
 * Cores that somebody takes in the second of their join, besides what they take from then
 * on. Placement leaves it aside: the next measurement has it, and the one after does not.
 */
export const JOINING_CORES = JOIN_S;

/** What somebody is expected to take who comes to a room. */
export function newcomerCores(newcomer: {
  readonly isReceiveOnly: boolean;
  /** How many others publish there. */
  readonly publishers: number;
}): number {
  const publishing = newcomer.isReceiveOnly ? 0 : PUBLISHING_CORES;
  return receivingCores(newcomer.publishers) + publishing;
}

/** What a room of 25 with cameras takes, about. */
const ROOM_GROWTH_CORES = 0.1;

/**
 * What a room is expected to grow to at a place that it just came to, in cores. Many rooms
 * begin within seconds of each other, with one person each: without it all of them would
 * begin at the same place, and outgrow it together.
 */
export function expectedGrowthCores(reason: PlacementReason): number {
  return reason === 'start' || reason === 'spill' ? ROOM_GROWTH_CORES : 0;
}

/** What the part of a room takes that is at one place, pipes left aside. */
export function roomCores(part: {
  /** Of the whole room. */
  readonly publishers: number;
  /** Of those at the place. */
  readonly publishersHere: number;
  readonly receiversHere: number;
}): number {
  const { publishers, publishersHere, receiversHere } = part;
  const others = Math.max(0, publishers - 1);
  const listeners = Math.max(0, receiversHere - publishersHere);
  return (
    (receiversHere - listeners) * receivingCores(others) +
    listeners * receivingCores(publishers) +
    publishersHere * PUBLISHING_CORES
  );
}

/** How many tracks somebody is given, where so many others publish. */
export function deliveredTracks(publishers: number): number {
  const others = Math.max(0, publishers);
  return Math.min(others, SEEN_AT_ONCE) + Math.min(others, HEARD_IN_ROOM);
}

/** How many tracks each router of a room besides the first gets by pipe. */
export function pipedTracks(publishers: number): number {
  return Math.min(publishers, SEEN_IN_ROOM) + Math.min(publishers, HEARD_IN_ROOM);
}

/** Cores that all pipes to one more router of a room take, both ends together. */
export function pipeCores(publishers: number): number {
  const packets =
    Math.min(publishers, SEEN_IN_ROOM) * SMALL_VIDEO_PPS +
    Math.min(publishers, 2) * LARGE_VIDEO_PPS +
    Math.min(publishers, HEARD_AT_ONCE) * SPEECH_PPS;
  return packets * PIPE_END_S * 2;
}
