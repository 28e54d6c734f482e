/** Identifies a room. A UUID, the key of `rooms` in the database. */
export type RoomId = string;

/** Identifies a person over time: a user's UUID. All stays of one person share it. */
export type Identity = string;

/** Identifies one stay of a person in a room. Made by the server; never used twice. */
export type ParticipantId = string;

/** Identifies what a participant publishes: one camera, microphone or screen. */
export type TrackId = string;

/** Identifies the delivery of one track to one participant. */
export type SubscriptionId = string;

/** Identifies one ICE/DTLS association between a client and a media worker. */
export type TransportId = string;

/** Identifies a chat message. A UUID chosen by its author, so that a retry is not a second message. */
export type MessageId = string;
