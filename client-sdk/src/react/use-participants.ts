import type { Grants, Identity, ParticipantRole } from '@balai/protocol';
import type { LocalParticipant } from '../participants/local-participant.ts';
import type { Participant } from '../participants/participant.ts';
import type { RemoteParticipant } from '../participants/remote-participant.ts';
import type { Room } from '../room.ts';
import { useRoom } from './room-context.ts';
import { useObserved } from './use-observed.ts';

/** After these other people are there. */
const PRESENCE = [
  'connected',
  'disconnected',
  'reconnected',
  'participantConnected',
  'participantDisconnected',
] as const;

const ROLES = [...PRESENCE, 'participantRoleChanged'] as const;

const OWN = [
  'connected',
  'disconnected',
  'reconnected',
  'localTrackPublished',
  'localTrackUnpublished',
  'trackMuted',
  'trackUnmuted',
  'participantRoleChanged',
  'participantPermissionsChanged',
] as const;

/** The others, in the order of their coming. */
export function useRemoteParticipants(given?: Room): readonly RemoteParticipant[] {
  return useObserved(useRoom(given), PRESENCE, (room) => [...room.remoteParticipants.values()]);
}

/** Everybody: ourselves first, then the others in the order of their coming. */
export function useParticipants(given?: Room): readonly Participant[] {
  return useObserved(useRoom(given), PRESENCE, (room) => [
    room.localParticipant,
    ...room.remoteParticipants.values(),
  ]);
}

/** One of them; undefined while they are not there. */
export function useParticipant(identity: Identity, given?: Room): Participant | undefined {
  return useObserved(useRoom(given), PRESENCE, (room) => room.getParticipantByIdentity(identity));
}

/** Everybody's role, by identity, as it is now. */
export function useRoles(given?: Room): Readonly<Record<Identity, Participant['role']>> {
  return useObserved(useRoom(given), ROLES, (room) =>
    Object.fromEntries(
      [room.localParticipant, ...room.remoteParticipants.values()].map(({ identity, role }) => [
        identity,
        role,
      ]),
    ),
  );
}

/** Ourselves, and what of us is on. */
export interface LocalParticipantState {
  /** Ourselves; the same object all the time. */
  readonly localParticipant: LocalParticipant;
  /** Whether a microphone is published and not muted. */
  readonly isMicrophoneEnabled: boolean;
  /** Whether a camera is published and not muted. */
  readonly isCameraEnabled: boolean;
  /** Whether a screen is published and not muted. */
  readonly isScreenShareEnabled: boolean;
  /** What we are in the room. */
  readonly role: ParticipantRole;
  /** What we may do; undefined before the room is joined. */
  readonly grants: Grants | undefined;
}

/** Ourselves, what we may do, and whether microphone, camera and screen are on. */
export function useLocalParticipant(given?: Room): LocalParticipantState {
  return useObserved(useRoom(given), OWN, ({ localParticipant }) => ({
    localParticipant,
    isMicrophoneEnabled: localParticipant.isMicrophoneEnabled,
    isCameraEnabled: localParticipant.isCameraEnabled,
    isScreenShareEnabled: localParticipant.isScreenShareEnabled,
    role: localParticipant.role,
    grants: localParticipant.grants,
  }));
}
