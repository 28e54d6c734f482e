import type { BreakoutRoom, LobbyEntry, Reaction, TrackSource } from '@balai/protocol';
import type { Participant } from '../participants/participant.ts';
import type { LocalTrackPublication } from '../tracks/track-publication.ts';

/** What `Moderation` tells its listeners. */
export const ModerationEvent = {
  /** Somebody, ourselves included, raised their hand. */
  HandRaised: 'handRaised',
  /** Somebody's hand is down again. Not for who left. */
  HandLowered: 'handLowered',
  /** `raisedHands` is another list: follows either, and who comes or leaves with a raised hand. */
  RaisedHandsChanged: 'raisedHandsChanged',
  /** Somebody, ourselves included, sent a reaction. */
  Reacted: 'reacted',
  /** Somebody asks us to unmute, or to start the camera. Nothing is opened for us: it is ours to do. */
  UnmuteRequested: 'unmuteRequested',
  /** Somebody muted or ended a track of ours, which is muted or unpublished by itself. */
  TrackModerated: 'trackModerated',
  /** `isLocked` is different. */
  LockChanged: 'lockChanged',
  /** `spotlight` is another list. */
  SpotlightChanged: 'spotlightChanged',
  /** `lobby` is another list. To who may let people in. */
  LobbyChanged: 'lobbyChanged',
  /** We are called up to the stage: answer with `acceptStage` or `declineStage`. */
  StageInvited: 'stageInvited',
  /** There is nothing to answer any more: we did, or are no listener now. */
  StageInvitationEnded: 'stageInvitationEnded',
  /** A listener whom we called up does not come. */
  StageDeclined: 'stageDeclined',
  /** `breakouts` is another list. To who may lead. */
  BreakoutsChanged: 'breakoutsChanged',
  /** What `can` says may be different: somebody, perhaps we, has another role. */
  RightsChanged: 'rightsChanged',
} as const;

/** The listeners of {@link ModerationEvent}. Who did it is undefined where they are not seen. */
export type ModerationEventCallbacks = {
  /** Somebody raised their hand. @param position In `raisedHands`, from 1 on. */
  handRaised: (participant: Participant, position: number) => void;
  /** Somebody's hand is down. @param by Who lowered ours, if somebody else did. */
  handLowered: (participant: Participant, by: Participant | undefined) => void;
  /** Whose hands are up, who was first comes first. */
  raisedHandsChanged: (participants: readonly Participant[]) => void;
  /** Somebody sent a reaction. */
  reacted: (participant: Participant, reaction: Reaction) => void;
  /** Somebody asks us to unmute. */
  unmuteRequested: (source: TrackSource, by: Participant | undefined) => void;
  /** Somebody muted or ended a track of ours; an application's backend is nobody we see. */
  trackModerated: (
    publication: LocalTrackPublication,
    action: 'muted' | 'stopped',
    by: Participant | undefined,
  ) => void;
  /** Whether nobody new comes in. */
  lockChanged: (isLocked: boolean) => void;
  /** Who is shown large, in this order. */
  spotlightChanged: (participants: readonly Participant[]) => void;
  /** Who waits, the longest first. */
  lobbyChanged: (waiting: readonly LobbyEntry[]) => void;
  /** We are called up to the stage. */
  stageInvited: (by: Participant | undefined) => void;
  /** There is nothing to answer any more. */
  stageInvitationEnded: () => void;
  /** A listener does not come. */
  stageDeclined: (participant: Participant) => void;
  /** The rooms beside this one, as they are now. */
  breakoutsChanged: (rooms: readonly BreakoutRoom[]) => void;
  /** What `can` says may be different. */
  rightsChanged: () => void;
};
