import {
  ConnectionState,
  type Participant,
  type Room,
  RoomEvent,
  type TrackSource,
} from '@balai/client';
import { Moderation, ModerationEvent } from '@balai/client/moderation';
import { toFailure } from '../app/failure.ts';
import { textOfFailure } from '../app/failure-texts.ts';
import { Store } from '../app/store.ts';
import type { Notices } from '../ui/notices.ts';
import { NEW_ROLE_TEXTS, textOfMove, thingOf } from './moderation-texts.ts';

/** Somebody who leads asks for a microphone or a camera. */
export interface UnmuteRequest {
  readonly source: TrackSource;
  readonly by: string;
}

/** What the page shows about how the meeting is led that the room does not know. */
export interface ModerationState {
  readonly unmuteRequest: UnmuteRequest | null;
}

/** How a meeting is led: what can be done, and what is told in notices. */
export class ModerationStore {
  readonly state = new Store<ModerationState>({ unmuteRequest: null });
  /** What can be done, and who may. */
  readonly acts: Moderation;
  readonly #room: Room;
  readonly #notices: Pick<Notices, 'tell'>;
  /** Of everybody who was seen: who is in a breakout room is known by identity alone. */
  readonly #names = new Map<string, string>();
  #role: Participant['role'];

  /** @param room Connected. */
  constructor(room: Room, notices: Pick<Notices, 'tell'>) {
    this.#room = room;
    this.#notices = notices;
    this.acts = Moderation.of(room);
    this.#role = room.localParticipant.role;
    this.#listenToRoom();
    this.#listenToOthers();
    this.#listenToWhatConcernsUs();
    this.#noteNames();
  }

  /** What somebody is called, who may be in another room now. */
  nameOf(identity: string): string {
    this.#noteNames();
    return this.#names.get(identity) ?? identity;
  }

  /** Does something. @returns whether it is done; else a notice said why not. */
  async attempt(problem: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const failure = toFailure(error);
      if (failure.code === 'cancelled') return false;
      const { title, text } = textOfFailure(failure);
      this.#notices.tell(`${problem} ${title}. ${text}`, 'problem');
      return false;
    }
  }

  async muteAll(): Promise<void> {
    await this.attempt('Nobody was muted.', async () => {
      const muted = await this.acts.muteAll();
      this.tell(muted === 1 ? '1 person was muted' : `${muted} people were muted`);
    });
  }

  async toggleHand(isRaised: boolean): Promise<void> {
    const problem = isRaised ? 'Your hand is still up.' : 'Your hand was not raised.';
    await this.attempt(problem, () => (isRaised ? this.acts.lowerHand() : this.acts.raiseHand()));
  }

  /** The question was answered, either way. */
  endUnmuteRequest(): void {
    this.state.set({ unmuteRequest: null });
  }

  tell(text: string): void {
    this.#notices.tell(text);
  }

  #listenToRoom(): void {
    this.#room
      .on(RoomEvent.ParticipantConnected, ({ identity, name }) => this.#names.set(identity, name))
      .on(RoomEvent.Moved, (name, reason) => this.tell(textOfMove(name, reason)))
      .on(RoomEvent.ParticipantRoleChanged, ({ isLocal, role }: Participant) => {
        if (!isLocal || role === this.#role) return;
        this.#role = role;
        this.tell(NEW_ROLE_TEXTS[role]);
      });
  }

  #listenToOthers(): void {
    const { acts } = this;
    acts
      .on(ModerationEvent.HandRaised, (one) => {
        if (!one.isLocal && acts.can('lowerHand')) this.tell(`${one.name} raises a hand`);
      })
      .on(ModerationEvent.LockChanged, (isLocked) => {
        // Who leaves a locked room did not see it opened.
        if (this.#room.state !== ConnectionState.Connected) return;
        this.tell(isLocked ? 'The room is locked: nobody new comes in' : 'The room is open again');
      })
      .on(ModerationEvent.StageDeclined, ({ name }) => this.tell(`${name} does not come up`));
  }

  #listenToWhatConcernsUs(): void {
    this.acts
      .on(ModerationEvent.HandLowered, (one, by) => {
        if (one.isLocal && by !== undefined && !by.isLocal) {
          this.tell(`${by.name} lowered your hand`);
        }
      })
      .on(ModerationEvent.TrackModerated, ({ source }, action, by) => {
        const verb = action === 'muted' ? 'muted' : 'stopped';
        this.tell(`${by?.name ?? 'The application'} ${verb} your ${thingOf(source)}`);
      })
      .on(ModerationEvent.UnmuteRequested, (source, by) => {
        const publication = this.#room.localParticipant.getTrackPublication(source);
        if (publication !== undefined && !publication.isMuted) return;
        this.state.set({ unmuteRequest: { source, by: by?.name ?? 'Somebody' } });
      });
  }

  #noteNames(): void {
    const { localParticipant, remoteParticipants } = this.#room;
    for (const { identity, name } of [localParticipant, ...remoteParticipants.values()]) {
      this.#names.set(identity, name);
    }
  }
}
