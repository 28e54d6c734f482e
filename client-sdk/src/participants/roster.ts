import type {
  Identity,
  ParticipantId,
  ParticipantInfo,
  RoomChange,
  StreamState,
  Subscription,
  TrackId,
} from '@balai/protocol';
import type { BalaiError } from '../errors.ts';
import type { Reception } from '../layers/reception.ts';
import type { Downstream } from '../tracks/remote-track.ts';
import type { Participant } from './participant.ts';
import { RemoteParticipant } from './remote-participant.ts';

/** What the roster tells. */
export interface RosterHooks {
  /** Ourselves or somebody else. */
  readonly find: (id: ParticipantId) => Participant | undefined;
  /** Before anything is told about this participant: the place for listeners. */
  readonly onKnown: (participant: RemoteParticipant) => void;
  readonly onJoined: (participant: RemoteParticipant) => void;
  readonly onLeft: (participant: RemoteParticipant) => void;
  /** A track is about to be taken off: its reception has to end. */
  readonly onTrackGone: (trackId: TrackId) => void;
}

/** The others in the room, as `joined` and the changes since then say (SPEC 4.1). */
export class Roster {
  readonly #hooks: RosterHooks;
  readonly #reception: Reception;
  readonly #byId = new Map<ParticipantId, RemoteParticipant>();
  #byIdentity: ReadonlyMap<Identity, RemoteParticipant> = new Map();

  constructor(hooks: RosterHooks, reception: Reception) {
    this.#hooks = hooks;
    this.#reception = reception;
  }

  get participants(): ReadonlyMap<Identity, RemoteParticipant> {
    return this.#byIdentity;
  }

  findById(id: ParticipantId): RemoteParticipant | undefined {
    return this.#byId.get(id);
  }

  /** Those who were there before us; nothing is told about them. */
  begin(participants: readonly ParticipantInfo[]): void {
    for (const info of participants) this.#add(info);
  }

  /**
   * Those who are there after the room was joined anew. Who was there before is the
   * same participant, and only differences are told.
   */
  renew(participants: readonly ParticipantInfo[]): void {
    const known = this.#byIdentity;
    const present = new Set(participants.map(({ identity }) => identity));
    for (const [id, participant] of [...this.#byId]) {
      const { identity } = participant;
      if (!present.has(identity) || known.get(identity) !== participant) this.#remove(id);
    }
    this.#byId.clear();
    const strangers: ParticipantInfo[] = [];
    for (const info of participants) {
      const participant = known.get(info.identity);
      if (participant) this.#byId.set(info.participantId, participant);
      else strangers.push(info);
    }
    this.#refresh();
    for (const info of participants) {
      known.get(info.identity)?.renew(info);
    }
    for (const info of strangers) this.#hooks.onJoined(this.#add(info));
  }

  apply(change: Exclude<RoomChange, { type: 'roomUpdated' }>): void {
    switch (change.type) {
      case 'participantJoined':
        this.#hooks.onJoined(this.#add(change.participant));
        break;
      case 'participantLeft':
        this.#remove(change.participantId);
        break;
      case 'trackPublished':
        this.#byId.get(change.track.participantId)?.addPublication(change.track);
        break;
      case 'trackUnpublished':
        this.#byId.get(change.participantId)?.succeed(change.trackId);
        this.#hooks.onTrackGone(change.trackId);
        this.#byId.get(change.participantId)?.removePublication(change.trackId);
        break;
      case 'trackMuted':
        this.#byId.get(change.participantId)?.setMuted(change.trackId, change.isMuted);
        break;
      case 'handChanged':
        this.#hooks.find(change.participantId)?.update({ handRaisedAt: change.raisedAt });
        break;
      case 'roleChanged':
      case 'participantUpdated': {
        const { type: _, participantId, ...facts } = change;
        this.#hooks.find(participantId)?.update(facts);
      }
    }
  }

  beginMedia(trackId: TrackId, downstream: Downstream): void {
    this.#findOwner(trackId)?.beginMedia(trackId, downstream);
  }

  endMedia(trackId: TrackId): void {
    this.#findOwner(trackId)?.endMedia(trackId);
  }

  failMedia(trackId: TrackId, error: BalaiError): void {
    this.#findOwner(trackId)?.failMedia(trackId, error);
  }

  setStreamState(trackId: TrackId, state: StreamState): void {
    this.#findOwner(trackId)?.setStreamState(trackId, state);
  }

  /** Whether we want a track; not if we do not know it. */
  isDesired(trackId: TrackId): boolean {
    return this.#findOwner(trackId)?.findPublication(trackId)?.isDesired ?? false;
  }

  /** The track whose place this one is about to take. */
  findFormer(trackId: TrackId): TrackId | undefined {
    return this.#findOwner(trackId)?.findFormer(trackId);
  }

  /**
   * Names what has to be played in step: a person's camera and microphone, and
   * apart from these the screen and its sound.
   */
  streamOf({ participantId, trackId }: Subscription): string {
    const source = this.#byId.get(participantId)?.findPublication(trackId)?.source;
    const isScreen = source === 'screen_share' || source === 'screen_share_audio';
    return `${participantId}-${isScreen ? 'screen' : 'person'}`;
  }

  /** We go to another room: everybody leaves. */
  depart(): void {
    for (const id of [...this.#byId.keys()]) this.#remove(id);
  }

  /** We are out: what we received ends. Who was there is not told to have left, as in livekit-client. */
  clear(): void {
    const everybody = [...this.#byId.values()];
    for (const participant of everybody) {
      for (const trackId of participant.trackPublications.keys()) participant.endMedia(trackId);
    }
    this.#byId.clear();
    this.#refresh();
  }

  #add(info: ParticipantInfo): RemoteParticipant {
    const participant = new RemoteParticipant(info, this.#reception);
    this.#byId.set(info.participantId, participant);
    this.#refresh();
    this.#hooks.onKnown(participant);
    return participant;
  }

  #remove(id: ParticipantId): void {
    const participant = this.#byId.get(id);
    if (!participant) return;
    this.#byId.delete(id);
    this.#refresh();
    for (const trackId of [...participant.trackPublications.keys()]) {
      this.#hooks.onTrackGone(trackId);
      participant.removePublication(trackId);
    }
    this.#hooks.onLeft(participant);
  }

  #findOwner(trackId: TrackId): RemoteParticipant | undefined {
    return [...this.#byId.values()].find((one) => one.findPublication(trackId) !== undefined);
  }

  /** While a person moves to another device, the newer stay (the later entry) counts. */
  #refresh(): void {
    this.#byIdentity = new Map(
      Array.from(this.#byId.values(), (participant) => [participant.identity, participant]),
    );
  }
}
