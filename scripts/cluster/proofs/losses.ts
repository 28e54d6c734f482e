import type { MediaKind } from '@balai/protocol';
import type { Attendee } from './attendee.ts';

const KINDS = ['audio', 'video'] as const satisfies readonly MediaKind[];

/** What a meeting lost from a moment on. Times in seconds. */
export type Loss = {
  /** Frames of whom the failure was about: to or from them. */
  readonly audioFrames: number;
  readonly videoFrames: number;
  /** Frames between the others. */
  readonly otherFrames: number;
  /** Longest time without frames of somebody, and the same between those whom it was not about. */
  readonly longestPauseS: number;
  readonly otherPauseS: number;
  /** Messages of the chat that somebody did not get, or got twice. */
  readonly messages: number;
  /** People who are not there any more, or are there twice. */
  readonly participants: number;
};

/**
 * Compares what everybody sent with what everybody got.
 *
 * @param since By `performance.now()`: before the failure.
 * @param victims Whom the failure was about.
 * @param said What was said since then, each text once.
 */
export function measureLoss(
  people: readonly Attendee[],
  victims: ReadonlySet<Attendee>,
  since: number,
  said: readonly string[],
): Loss {
  const frames = { audio: 0, video: 0, other: 0 };
  const pauses = { longest: 0, other: 0 };
  for (const receiver of people) {
    for (const sender of people) {
      if (sender === receiver) continue;
      const isOfVictim = victims.has(receiver) || victims.has(sender);
      for (const kind of KINDS) {
        const lost = receiver.ledger.missingSince(sender.number, kind, since);
        const { from, to } = receiver.ledger.longestPause(sender.number, kind, since);
        frames[isOfVictim ? kind : 'other'] += lost;
        const which = isOfVictim ? 'longest' : 'other';
        pauses[which] = Math.max(pauses[which], (to - from) / 1_000);
      }
    }
  }
  return {
    audioFrames: frames.audio,
    videoFrames: frames.video,
    otherFrames: frames.other,
    longestPauseS: pauses.longest,
    otherPauseS: pauses.other,
    messages: people.reduce((sum, one) => sum + wrongMessages(one, said), 0),
    participants: people.reduce(
      (sum, { room }) => sum + Math.abs(room.numParticipants - people.length),
      0,
    ),
  };
}

/** When frames of both kinds had come again between the victims and everybody. */
export function lastReturn(
  people: readonly Attendee[],
  victims: ReadonlySet<Attendee>,
  since: number,
): number {
  const returns = people.flatMap((receiver) =>
    people
      .filter((sender) => sender !== receiver && (victims.has(receiver) || victims.has(sender)))
      .flatMap(({ number }) =>
        KINDS.map((kind) => receiver.ledger.firstSince(number, kind, since) ?? Number.NaN),
      ),
  );
  return Math.max(since, ...returns);
}

/** Those that are missing and those that came twice. */
function wrongMessages({ messages, texts }: Attendee, said: readonly string[]): number {
  const different = new Set(messages.map(({ messageId }) => messageId)).size;
  return said.filter((text) => !texts.has(text)).length + (messages.length - different);
}

/** One line for whoever runs the tests. */
export function tellLoss(what: string, loss: Loss, times: Readonly<Record<string, number>>): void {
  const seconds = (value: number): string => `${value.toFixed(2)} s`;
  const facts = [
    ...Object.entries(times).map(([name, value]) => `${name} ${seconds(value)}`),
    `lost: ${loss.audioFrames} frames of sound and ${loss.videoFrames} of pictures (longest pause ${seconds(loss.longestPauseS)})`,
    `of the others ${loss.otherFrames} (${seconds(loss.otherPauseS)})`,
    `messages ${loss.messages}`,
    `participants ${loss.participants}`,
  ];
  process.stdout.write(`· ${what}: ${facts.join(', ')}\n`);
}
