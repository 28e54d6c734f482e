import type {
  BreakoutRoom,
  Identity,
  LobbyEntry,
  ParticipantRole,
  Reaction,
  RoomBan,
  RoomId,
  TrackId,
  TrackSource,
} from '@balai/protocol';
import { Emitter } from '../emitter.ts';
import { BalaiError, ServerError } from '../errors.ts';
import { newId } from '../new-id.ts';
import type { Participant } from '../participants/participant.ts';
import type { Room } from '../room.ts';
import type { ModerationEventCallbacks } from './moderation-events.ts';

/**
 * What can be asked of the server to lead a meeting. Everything is allowed or refused at that
 * moment: every method throws ServerError (`forbidden`, `not_found` for somebody who is not there,
 * `rate_limited`) and ConnectionError (`not_connected`, `request_timeout`).
 */
export abstract class ModerationActs extends Emitter<ModerationEventCallbacks> {
  /** The room that this is about. */
  readonly room: Room;

  /** @internal */
  constructor(room: Room) {
    super();
    this.room = room;
  }

  /**
   * Mutes what somebody publishes. They may unmute it themselves.
   *
   * @throws BalaiError `track_not_found` where they publish no such thing.
   */
  async mute(participant: Participant, source: TrackSource = 'microphone'): Promise<void> {
    await this.room.ask('moderation.mute', { trackId: trackOf(participant, source) });
  }

  /** Mutes all microphones but ours and those of who leads. @returns how many were muted. */
  async muteAll(): Promise<number> {
    return (await this.room.ask('moderation.muteAll', {})).muted;
  }

  /** Asks somebody to unmute, or to start the camera: `unmuteRequested` there. It is theirs to do. */
  async askToUnmute(participant: Participant, source: TrackSource = 'microphone'): Promise<void> {
    await this.room.ask('moderation.askToUnmute', { participantId: participant.sid, source });
  }

  /**
   * Ends what somebody publishes: a camera or a share. They may publish it anew.
   *
   * @throws BalaiError `track_not_found` where they publish no such thing.
   */
  async stopTrack(participant: Participant, source: TrackSource): Promise<void> {
    await this.room.ask('moderation.stopTrack', { trackId: trackOf(participant, source) });
  }

  /** Sends somebody out, and voids the tokens that they hold. */
  async remove(participant: Participant): Promise<void> {
    await this.room.ask('moderation.remove', { participantId: participant.sid });
  }

  /** As {@link remove}, and they may not come back. @param reason At most 200 characters. */
  async ban(participant: Participant, reason?: string): Promise<void> {
    await this.room.ask('moderation.ban', { participantId: participant.sid, reason });
  }

  /** Lets somebody come back. */
  async unban(identity: Identity): Promise<void> {
    await this.room.ask('moderation.unban', { identity });
  }

  /** Who may not come back. */
  async listBans(): Promise<readonly RoomBan[]> {
    return (await this.room.ask('moderation.bans', {})).bans;
  }

  /** Nobody new comes in while the room is locked; who was here within the last 5 minutes does. */
  async setLocked(isLocked: boolean): Promise<void> {
    await this.room.ask('moderation.lock', { isLocked });
  }

  /** Makes somebody a moderator, a participant or a listener. */
  async setRole(participant: Participant, role: Exclude<ParticipantRole, 'host'>): Promise<void> {
    await this.room.ask('moderation.setRole', { participantId: participant.sid, role });
  }

  /** Shows these large to everybody, in this order; nobody with an empty list. */
  async setSpotlight(participants: readonly Participant[]): Promise<void> {
    const identities = participants.map(({ identity }) => identity);
    await this.room.ask('moderation.spotlight', { identities });
  }

  /** Raises our hand. */
  async raiseHand(): Promise<void> {
    await this.#setHand(true);
  }

  /** Lowers somebody's hand; ours, if nobody is named. */
  async lowerHand(participant: Participant = this.room.localParticipant): Promise<void> {
    const isOurs = participant.sid === this.room.localParticipant.sid;
    if (isOurs) await this.#setHand(false);
    else await this.room.ask('hand.lower', { participantId: participant.sid });
  }

  /** Shows everybody one of `REACTIONS`. */
  async sendReaction(reaction: Reaction): Promise<void> {
    await this.room.ask('reaction.send', { reaction });
  }

  /** Calls a listener up to the stage: `stageInvited` there. They come, or `stageDeclined` is told here. */
  async inviteToStage(participant: Participant): Promise<void> {
    await this.room.ask('stage.invite', { participantId: participant.sid });
  }

  /** Comes to the stage: we are a participant from then on. */
  async acceptStage(): Promise<void> {
    await this.#answer('stage.accept');
  }

  /** Stays a listener. */
  async declineStage(): Promise<void> {
    await this.#answer('stage.decline');
  }

  /** Who waits in the lobby, the longest first. `lobby` has the same without asking. */
  async listLobby(): Promise<readonly LobbyEntry[]> {
    return (await this.room.ask('lobby.list', {})).waiting;
  }

  /** Lets people in who wait in the lobby. */
  async approve(identities: Identity | readonly Identity[]): Promise<void> {
    await this.room.ask('lobby.approve', { identities: [identities].flat() });
  }

  /** Turns people away who wait in the lobby. */
  async deny(identities: Identity | readonly Identity[]): Promise<void> {
    await this.room.ask('lobby.deny', { identities: [identities].flat() });
  }

  /** Makes rooms beside this one, and sends these people there. */
  async createBreakouts(
    rooms: readonly { readonly name: string; readonly identities: readonly Identity[] }[],
  ): Promise<readonly BreakoutRoom[]> {
    return (await this.room.ask('breakouts.create', { rooms })).rooms;
  }

  /** The rooms beside this one, and who belongs there. `breakouts` has the same without asking. */
  async listBreakouts(): Promise<readonly BreakoutRoom[]> {
    return (await this.room.ask('breakouts.list', {})).rooms;
  }

  /** Sends somebody to a breakout room; back to the main room with null. */
  async assignToBreakout(identity: Identity, roomId: RoomId | null): Promise<void> {
    await this.room.ask('breakouts.assign', { identity, roomId });
  }

  /** Says something in the chat of every breakout room. */
  async broadcast(text: string): Promise<void> {
    await this.room.ask('breakouts.broadcast', { messageId: newId(), text });
  }

  /** Brings everybody back, and ends the breakout rooms. */
  async recallBreakouts(): Promise<void> {
    await this.room.ask('breakouts.recall', {});
  }

  /** From a breakout room back to the main room: the room is `moved`. */
  async leaveBreakout(): Promise<void> {
    await this.room.ask('breakouts.leave', {});
  }

  /** A call that the server refuses to know has ended as well. */
  async #answer(method: 'stage.accept' | 'stage.decline'): Promise<void> {
    await this.room.ask(method, {}).catch((error: unknown) => {
      if (error instanceof ServerError && !error.retryable) this.endInvitation();
      throw error;
    });
    this.endInvitation();
  }

  async #setHand(isRaised: boolean): Promise<void> {
    const { raisedAt } = await this.room.ask('hand.raise', { isRaised });
    // The server tells only the others.
    this.room.localParticipant.update({ handRaisedAt: raisedAt });
    this.look();
  }

  /** The call to the stage is answered. */
  protected abstract endInvitation(): void;
  /** Something in the room may be different. */
  protected abstract look(): void;
}

function trackOf(participant: Participant, source: TrackSource): TrackId {
  const publication = participant.getTrackPublication(source);
  if (publication?.trackSid) return publication.trackSid;
  throw new BalaiError('track_not_found', `They publish no ${source}`);
}
