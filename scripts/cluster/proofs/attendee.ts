import { setTimeout as delay } from 'node:timers/promises';
import type { ChatMessage, MediaKind } from '@balai/protocol';
import { Room } from '../../../client-sdk/src/room.ts';
import { browserParts } from '../../../client-sdk/src/room-parts.ts';
import { Ledger } from './ledger.ts';
import { createPipeEngine, inertTrack } from './pipe-engine.ts';

const KINDS = ['audio', 'video'] as const satisfies readonly MediaKind[];

/** For a message that is refused, as a person would: the server may be without Redis for a moment. */
const SAY_DEADLINE_MS = 15_000;
const SAY_AGAIN_MS = 200;

/** What somebody heard of the room, with the time by `performance.now()`. */
export type Heard = {
  readonly event:
    | 'signalReconnecting'
    | 'reconnecting'
    | 'reconnected'
    | 'disconnected'
    | 'participantConnected'
    | 'participantDisconnected';
  readonly at: number;
  /** Whom it is about, where it is about somebody else. */
  readonly identity?: string;
};

/** Somebody in a room with the SDK itself, who publishes numbered frames and counts those of the others. */
export class Attendee {
  readonly number: number;
  readonly room: Room;
  readonly ledger = new Ledger();
  readonly heard: Heard[] = [];
  readonly messages: ChatMessage[] = [];
  readonly #url: string;
  readonly #token: string;

  /** @param number Of no other attendee of the test. */
  constructor(number: number, url: string, token: string) {
    this.number = number;
    this.#url = url;
    this.#token = token;
    const owner = {
      number,
      bornAt: performance.now(),
      onFrame: (mark: Parameters<Ledger['note']>[0]) => this.ledger.note(mark),
    };
    this.room = new Room(
      {},
      {
        ...browserParts,
        loadEngine: async (capabilities) => createPipeEngine(capabilities, owner),
      },
    );
    const note = (event: Heard['event'], identity?: string): void => {
      this.heard.push({ event, at: performance.now(), ...(identity && { identity }) });
    };
    for (const event of [
      'signalReconnecting',
      'reconnecting',
      'reconnected',
      'disconnected',
    ] as const) {
      this.room.on(event, () => note(event));
    }
    for (const event of ['participantConnected', 'participantDisconnected'] as const) {
      this.room.on(event, ({ identity }) => note(event, identity));
    }
    this.room.on('chatMessage', (message) => this.messages.push(message));
  }

  get identity(): string {
    return this.room.localParticipant.identity;
  }

  /** What was said: of somebody who had to say it again, once. */
  get texts(): ReadonlySet<string> {
    return new Set(this.messages.map(({ text }) => text));
  }

  /** Joins and publishes: by default a microphone and a camera. */
  async enter(kinds: readonly MediaKind[] = KINDS): Promise<void> {
    await this.room.connect(this.#url, this.#token);
    await Promise.all(
      kinds.map((kind) =>
        this.room.localParticipant.publishTrack(inertTrack(kind, `${this.number}-${kind}`), {
          source: kind === 'audio' ? 'microphone' : 'camera',
        }),
      ),
    );
  }

  /** Says something in the chat, again and again until the server has taken it. */
  async say(text: string): Promise<void> {
    const deadline = performance.now() + SAY_DEADLINE_MS;
    for (;;) {
      try {
        await this.room.sendChatMessage(text);
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await delay(SAY_AGAIN_MS);
      }
    }
  }

  async leave(): Promise<void> {
    await this.room.disconnect();
  }

  /** When an event was heard first since then; undefined: not yet. */
  firstAt(event: Heard['event'], since: number): number | undefined {
    return this.heard.find((one) => one.event === event && one.at >= since)?.at;
  }

  /** Whether frames of both kinds came of everybody named since then. */
  receivesAll(others: readonly Attendee[], since: number): boolean {
    return others
      .filter((other) => other !== this)
      .every(({ number }) =>
        KINDS.every((kind) => this.ledger.countSince(number, kind, since) >= 3),
      );
  }
}
