import type { Identity } from './ids.ts';
import type { ParticipantRole, Timestamp, VideoCodec } from './models.ts';
import type { Room } from './rest.ts';

/** Which of one's rooms: those one hosts, those that go on, those that are over. */
export const ROOM_LISTS = ['mine', 'active', 'past'] as const;
export type RoomList = (typeof ROOM_LISTS)[number];

/** A room, as one finds it in a list. */
export interface ListedRoom extends Room {
  /** People who are in it now. */
  readonly participantCount: number;
}

/** What is to be different about a room. Absent fields stay as they are. */
export interface UpdateRoomRequest {
  readonly name?: string;
  /** Null for none. */
  readonly description?: string | null;
  /** Null takes the password away. */
  readonly password?: string | null;
  /** Nobody who is there has to leave when it is fewer than there are. */
  readonly maxUsers?: number;
  /** In the future; null for a meeting without a fixed start. */
  readonly scheduledAt?: Timestamp | null;
}

/** Somebody who is or was in a room. */
export interface RoomParticipant {
  readonly identity: Identity;
  readonly name: string;
  readonly role: ParticipantRole;
  readonly isGuest: boolean;
  /** The last time. */
  readonly joinedAt: Timestamp;
  /** Null while they are in the room. */
  readonly leftAt: Timestamp | null;
}

/** Roles that are given and taken. The host's own stays theirs. */
export const GIVEN_ROLES = ['moderator', 'participant', 'listener'] as const;

export interface UpdateParticipantRequest {
  readonly role: (typeof GIVEN_ROLES)[number];
}

/** What holds in a room, under the keys of the database. */
export interface RoomSettings {
  /** People without an account may join. Default true. */
  readonly guests_allowed: boolean;
  /** Everybody may write in the chat; else hosts and moderators only. Default true. */
  readonly chat_enabled: boolean;
  /** Everybody who may write may also send files. Default true. */
  readonly files_enabled: boolean;
  /** Who comes waits until the host or a moderator lets them in. Default false. */
  readonly lobby_enabled: boolean;
  /** Who is new comes as a listener. Default false. */
  readonly listeners_by_default: boolean;
  /** Everybody may send reactions. Default true. */
  readonly reactions_enabled: boolean;
  /** Everybody may raise their hand. Default true. */
  readonly hand_raising: boolean;
  /** The most microphones that are heard at a time. 1 to 50, default 6. */
  readonly loudest_n: number;
  /** The most cameras and screens that are sent to each person. 0 to 500, default 25. */
  readonly last_n: number;
  /** In which codecs cameras and screens are to be sent, the best first. Default empty: no wish. */
  readonly video_codecs: readonly VideoCodec[];
}

/** One stay in a meeting, from coming to going. */
export interface MeetingStay {
  readonly id: string;
  readonly roomId: string;
  readonly roomName: string;
  readonly identity: Identity;
  readonly name: string;
  readonly joinedAt: Timestamp;
  /** Null while it goes on. */
  readonly leftAt: Timestamp | null;
  /** Null while it goes on. */
  readonly durationSeconds: number | null;
  readonly recordingUrl: string | null;
}

/** What a meeting that is over came to. */
export interface RoomStatistics {
  readonly roomId: string;
  readonly roomName: string;
  readonly hostId: Identity;
  readonly hostName: string;
  /** Different people. */
  readonly totalParticipants: number;
  /** Stays: who came twice counts twice. */
  readonly totalParticipations: number;
  /** Of the stays; null without any. */
  readonly averageDurationSeconds: number | null;
  readonly firstJoinedAt: Timestamp | null;
  readonly lastLeftAt: Timestamp | null;
  readonly createdAt: Timestamp;
  readonly endedAt: Timestamp | null;
}

/** What somebody did here so far. */
export interface UserActivity {
  readonly userId: Identity;
  readonly name: string;
  readonly email: string | null;
  readonly roomsCreated: number;
  readonly roomsJoined: number;
  /** Stays: every time they came. */
  readonly participations: number;
  /** Of the stays that are over. */
  readonly totalMeetingSeconds: number;
  readonly lastSignedInAt: Timestamp | null;
  readonly createdAt: Timestamp;
}
