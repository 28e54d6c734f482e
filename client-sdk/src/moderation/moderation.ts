import {
  ACT_OF_ROLE,
  type BreakoutRoom,
  type Identity,
  type LobbyEntry,
  may,
  mayAct,
  type OtherAct,
  type ParticipantRole,
  type PersonAct,
  POLICY,
  type RoomChange,
  type RoomId,
  roleInEffect,
} from '@balai/protocol';
import type { Participant } from '../participants/participant.ts';
import type { Room } from '../room.ts';
import { ModerationActs } from './moderation-acts.ts';
import { ToldList } from './told-list.ts';

const instances = new WeakMap<Room, Moderation>();

/** Changes of the room that may change what is here. */
const RELEVANT: ReadonlySet<RoomChange['type']> = new Set<RoomChange['type']>([
  'participantJoined',
  'participantLeft',
  'handChanged',
  'roomUpdated',
]);

/**
 * How a meeting is led: hands, reactions, roles, the stage, the spotlight, the lobby, breakout rooms,
 * and what may be done to whom. There is one for each room, over all its connections.
 */
export class Moderation extends ModerationActs {
  #hands: readonly Participant[] = [];
  #spotlight: readonly Participant[] = [];
  readonly #lobby = new ToldList<LobbyEntry>((waiting) => this.emit('lobbyChanged', waiting));
  readonly #breakouts = new ToldList<BreakoutRoom>((rooms) => this.emit('breakoutsChanged', rooms));
  #isLocked = false;
  #isInvited = false;
  /** Who was there when we last looked: who comes with a raised hand does not raise it. */
  #known: ReadonlySet<Participant> = new Set();

  /** That of a room: the same one each time. It can be had before the room is joined. */
  static of(room: Room): Moderation {
    const moderation = instances.get(room) ?? new Moderation(room);
    instances.set(room, moderation);
    return moderation;
  }

  /** @internal Use `Moderation.of`. */
  constructor(room: Room) {
    super(room);
    this.#listen();
    this.#begin();
  }

  /** Whose hands are up, who was first comes first. Changes with `raisedHandsChanged`. */
  get raisedHands(): readonly Participant[] {
    return this.#hands;
  }

  /** Who of those present is shown large to everybody, in this order. Changes with `spotlightChanged`. */
  get spotlight(): readonly Participant[] {
    return this.#spotlight;
  }

  /** Whether nobody new comes in. Changes with `lockChanged`. */
  get isLocked(): boolean {
    return this.#isLocked;
  }

  /** Who waits to be let in; empty for who may not let them in. Changes with `lobbyChanged`. */
  get lobby(): readonly LobbyEntry[] {
    return this.#lobby.items;
  }

  /** The rooms beside this one; empty for who may not lead. Changes with `breakoutsChanged`. */
  get breakouts(): readonly BreakoutRoom[] {
    return this.#breakouts.items;
  }

  /** The main room, while we are in a breakout room; else null. */
  get breakoutOf(): RoomId | null {
    return (this.#isHere && this.room.info?.breakoutOf) || null;
  }

  /** Whether we are called up to the stage, and have not answered. */
  get isInvitedToStage(): boolean {
    return this.#isInvited;
  }

  /**
   * Whether we may do something to the room or for ourselves, by the rules that the server enforces:
   * what to offer to people. The server has the last word. Changes with `rightsChanged`.
   */
  can(act: OtherAct): boolean;
  /**
   * Whether we may do something to people.
   *
   * @param participant To whom; if nobody is named, to anybody at all.
   */
  can(act: PersonAct, participant?: Participant): boolean;
  /** @internal */
  can(act: OtherAct | PersonAct, participant?: Participant): boolean;
  can(act: OtherAct | PersonAct, participant?: Participant): boolean {
    const { localParticipant } = this.room;
    const { role, grants } = localParticipant;
    if (grants === undefined || !this.#isHere) return false;
    const actor = roleInEffect({ role, grants });
    if (!isOnPerson(act)) return may(act, actor);
    if (participant === undefined) return POLICY[act].by[actor].length > 0;
    return participant !== localParticipant && mayAct(act, actor, participant.role);
  }

  /** Whether we may give somebody a role. */
  canMake(participant: Participant, role: Exclude<ParticipantRole, 'host'>): boolean {
    return this.can(ACT_OF_ROLE[role], participant);
  }

  #listen(): void {
    const { room } = this;
    const begin = () => this.#begin();
    const ownRights = () => {
      if (room.localParticipant.role !== 'listener') this.endInvitation();
      this.emit('rightsChanged');
      this.#ask();
    };
    room
      .watch('connected', begin)
      .watch('reconnected', begin)
      .watch('moved', () => this.endInvitation())
      .watch('disconnected', () => {
        this.endInvitation();
        this.#begin();
      })
      .watch('participantRoleChanged', ({ isLocal }) => {
        if (isLocal) ownRights();
        else this.emit('rightsChanged');
      })
      .watch('participantPermissionsChanged', ownRights);
    room.heard
      .on('changed', ({ changes }) => {
        if (changes.some(({ type }) => RELEVANT.has(type))) this.look();
      })
      .on('handLowered', ({ by }) => {
        room.localParticipant.update({ handRaisedAt: null });
        this.look(this.#find(by));
      })
      .on('reacted', ({ participantId, reaction }) => {
        const participant = room.findParticipant(participantId);
        if (participant) this.emit('reacted', participant, reaction);
      })
      .on('unmuteRequested', ({ source, by }) =>
        this.emit('unmuteRequested', source, this.#find(by)),
      )
      .on('trackModerated', ({ trackId, action, by }) => {
        // It was taken note of, but what follows takes its turn: the publication is still there.
        const publication = room.localParticipant.trackPublications.get(trackId);
        if (publication) this.emit('trackModerated', publication, action, this.#find(by));
      })
      .on('lobbyChanged', ({ waiting }) => this.#lobby.tell(waiting))
      .on('breakoutsChanged', ({ rooms }) => this.#breakouts.tell(rooms))
      .on('stageInvited', ({ by }) => {
        this.#isInvited = true;
        this.emit('stageInvited', this.#find(by));
      })
      .on('stageDeclined', ({ participantId }) => {
        const participant = room.findParticipant(participantId);
        if (participant) this.emit('stageDeclined', participant);
      });
  }

  /** In a room, in another one, or in none: what was known of the last one is not so any more. */
  #begin(): void {
    this.look();
    this.emit('rightsChanged');
    this.#ask();
  }

  /** What is told as it changes may have changed before we could be told. */
  #ask(): void {
    if (this.can('admit')) void this.#lobby.ask(() => this.listLobby());
    else this.#lobby.tell([]);
    if (this.can('breakouts')) void this.#breakouts.ask(() => this.listBreakouts());
    else this.#breakouts.tell([]);
  }

  protected override look(by?: Participant): void {
    const { localParticipant, info } = this.room;
    const isHere = this.#isHere;
    const people: readonly Participant[] = isHere
      ? [localParticipant, ...this.room.remoteParticipants.values()]
      : [];
    this.#setHands(people, by);
    const spotlight = (isHere ? (info?.spotlight ?? []) : []).flatMap((identity) => {
      return people.find((one) => one.identity === identity) ?? [];
    });
    if (!isSame(spotlight, this.#spotlight)) {
      this.#spotlight = spotlight;
      this.emit('spotlightChanged', spotlight);
    }
    const isLocked = isHere && (info?.isLocked ?? false);
    if (isLocked !== this.#isLocked) {
      this.#isLocked = isLocked;
      this.emit('lockChanged', isLocked);
    }
  }

  protected override endInvitation(): void {
    if (!this.#isInvited) return;
    this.#isInvited = false;
    this.emit('stageInvitationEnded');
  }

  #setHands(people: readonly Participant[], by: Participant | undefined): void {
    const former = this.#hands;
    const known = this.#known;
    const hands = people
      .flatMap((one) => (one.handRaisedAt ? { one, at: one.handRaisedAt.getTime() } : []))
      .toSorted((a, b) => a.at - b.at)
      .map(({ one }) => one);
    this.#known = new Set(people);
    this.#hands = hands;
    if (isSame(former, hands)) return;
    for (const one of former) {
      if (!hands.includes(one) && this.#known.has(one)) this.emit('handLowered', one, by);
    }
    for (const [index, one] of hands.entries()) {
      if (!former.includes(one) && known.has(one)) this.emit('handRaised', one, index + 1);
    }
    this.emit('raisedHandsChanged', hands);
  }

  /** In the room, or on the way back to it. */
  get #isHere(): boolean {
    return this.room.numParticipants > 0;
  }

  /** Undefined for an application's backend, and for who is not seen. */
  #find(identity: Identity | null): Participant | undefined {
    return identity === null ? undefined : this.room.getParticipantByIdentity(identity);
  }
}

function isOnPerson(act: OtherAct | PersonAct): act is PersonAct {
  return POLICY[act].on === 'person';
}

/** Whether both have the same things in the same order. */
function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index]);
}
