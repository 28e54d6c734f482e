/** What a room tells its listeners. Names and meanings are livekit-client's. */
export const RoomEvent = {
  /** The room was joined. Its participants are known; their media follows. */
  Connected: 'connected',
  /** We are out, for good. Follows `connectionStateChanged`, and only ever a `connected`. */
  Disconnected: 'disconnected',
  /** `room.state` is another one. Comes before the event that says what happened. */
  ConnectionStateChanged: 'connectionStateChanged',
  /** Signalling was lost and is being resumed. Media flows on; people need not notice. */
  SignalReconnecting: 'signalReconnecting',
  /** Everything was lost, and the room is being joined anew. */
  Reconnecting: 'reconnecting',
  /**
   * It goes on, after either, or in the room that we were moved to. What changed meanwhile was told
   * just before, or follows.
   */
  Reconnected: 'reconnected',
  /** We stand in the room's lobby: `connect` goes on when somebody lets us in, and fails if they do not. */
  WaitingInLobby: 'waitingInLobby',
  /** We were moved to another room. Its people follow, what we publish is published there: `reconnected`. */
  Moved: 'moved',
  /** `room.name` is another one: the room was renamed. */
  RoomNameChanged: 'roomNameChanged',
  /** `room.metadata` is something else. */
  RoomMetadataChanged: 'roomMetadataChanged',
  /** Somebody came after us. Not for those who were there before. */
  ParticipantConnected: 'participantConnected',
  /** Somebody left. Their tracks were unsubscribed and unpublished just before. */
  ParticipantDisconnected: 'participantDisconnected',
  /** A remote track was published after we joined. */
  TrackPublished: 'trackPublished',
  /** A remote track is gone. Follows `trackUnsubscribed`. */
  TrackUnpublished: 'trackUnpublished',
  /** A remote track has media now: attach it. */
  TrackSubscribed: 'trackSubscribed',
  /** A remote track's media ended: detach it. */
  TrackUnsubscribed: 'trackUnsubscribed',
  /** A remote track could not be received. */
  TrackSubscriptionFailed: 'trackSubscriptionFailed',
  /** The server withholds a remote track, or lets it flow again. See `track.streamState`. */
  TrackStreamStateChanged: 'trackStreamStateChanged',
  /** A track, local or remote, sends nothing for now. */
  TrackMuted: 'trackMuted',
  /** A muted track sends again. */
  TrackUnmuted: 'trackUnmuted',
  /** A track of our own was published: others can receive it. */
  LocalTrackPublished: 'localTrackPublished',
  /** A track of our own is published no more. */
  LocalTrackUnpublished: 'localTrackUnpublished',
  /** A camera, microphone or screen could not be opened. The call that asked throws the same error. */
  MediaDevicesError: 'mediaDevicesError',
  /** Devices were plugged in or out. */
  MediaDevicesChanged: 'mediaDevicesChanged',
  /** Another device of this kind is in use now. */
  ActiveDeviceChanged: 'activeDeviceChanged',
  /** Who speaks changed, or how loud. The loudest come first, and we are one of them. */
  ActiveSpeakersChanged: 'activeSpeakersChanged',
  /** Somebody, ourselves included, is connected better or worse than before. */
  ConnectionQualityChanged: 'connectionQualityChanged',
  /** Somebody said something, ourselves included. */
  ChatMessage: 'chatMessage',
  /** A message that was told before says something else now. */
  ChatMessageUpdated: 'chatMessageUpdated',
  /** A message that was told before is gone; nothing is left of what it said. */
  ChatMessageDeleted: 'chatMessageDeleted',
  /** A participant, ourselves included, became a moderator, say, or is none any more. */
  ParticipantRoleChanged: 'participantRoleChanged',
  /** A participant, ourselves included, has another name. */
  ParticipantNameChanged: 'participantNameChanged',
  /** The metadata of a participant, ourselves included, is something else. */
  ParticipantMetadataChanged: 'participantMetadataChanged',
  /** Some attributes of a participant, ourselves included, are others. */
  ParticipantAttributesChanged: 'participantAttributesChanged',
  /** We may do other things than before: see `localParticipant.grants`. */
  ParticipantPermissionsChanged: 'participantPermissionsChanged',
  /** The browser began to block sound, or plays it again. See `room.canPlaybackAudio`. */
  AudioPlaybackStatusChanged: 'audioPlaybackChanged',
  /** Somebody sent a message with `publishData`. Who listens before `connect` misses none. */
  DataReceived: 'dataReceived',
  /** Data came faster than we took it: some that was sent reliably is lost. */
  DataInterrupted: 'dataInterrupted',
} as const;

/** One of the events of a room, as a type. */
export type RoomEvent = (typeof RoomEvent)[keyof typeof RoomEvent];

/** What a participant tells its listeners: the room's events that concern it, without naming it. */
export const ParticipantEvent = {
  /** They publish another track, since we joined. */
  TrackPublished: 'trackPublished',
  /** A track of theirs is gone. Follows `trackUnsubscribed`. */
  TrackUnpublished: 'trackUnpublished',
  /** A track of theirs has media now: attach it. */
  TrackSubscribed: 'trackSubscribed',
  /** The media of a track ended: detach it. */
  TrackUnsubscribed: 'trackUnsubscribed',
  /** A track could not be received. */
  TrackSubscriptionFailed: 'trackSubscriptionFailed',
  /** The server withholds a track, or lets it flow again. */
  TrackStreamStateChanged: 'trackStreamStateChanged',
  /** A track sends nothing for now. */
  TrackMuted: 'trackMuted',
  /** A muted track sends again. */
  TrackUnmuted: 'trackUnmuted',
  /** A track of our own was published. */
  LocalTrackPublished: 'localTrackPublished',
  /** A track of our own is published no more. */
  LocalTrackUnpublished: 'localTrackUnpublished',
  /** A camera, microphone or screen of ours could not be opened. */
  MediaDevicesError: 'mediaDevicesError',
  /** They began or ceased to speak. Before `activeSpeakersChanged` of the room. */
  IsSpeakingChanged: 'isSpeakingChanged',
  /** They are connected better or worse than before. */
  ConnectionQualityChanged: 'connectionQualityChanged',
  /** They have another role. */
  RoleChanged: 'roleChanged',
  /** They have another name. */
  ParticipantNameChanged: 'participantNameChanged',
  /** Their metadata is something else. */
  ParticipantMetadataChanged: 'participantMetadataChanged',
  /** Some of their attributes are others. */
  AttributesChanged: 'attributesChanged',
  /** We may do other things than before. */
  ParticipantPermissionsChanged: 'participantPermissionsChanged',
  /** They said something in the chat. */
  ChatMessage: 'chatMessage',
  /** They sent a message with `publishData`. */
  DataReceived: 'dataReceived',
} as const;

/** One of the events of a participant, as a type. */
export type ParticipantEvent = (typeof ParticipantEvent)[keyof typeof ParticipantEvent];

/** What a track tells its listeners, and its publication. */
export const TrackEvent = {
  /** It sends nothing for now. */
  Muted: 'muted',
  /** It sends again. */
  Unmuted: 'unmuted',
  /**
   * The device or the screen went away, without our doing. A published camera or microphone goes on
   * with another device, if there is one: `restarted` follows. Else it is unpublished.
   */
  Ended: 'ended',
  /** Another device, or the same again, feeds the track. Attached elements follow by themselves. */
  Restarted: 'restarted',
  /** A processor was set or stopped. */
  TrackProcessorUpdate: 'trackProcessorUpdate',
  /** An element plays it from now on. */
  ElementAttached: 'elementAttached',
  /** An element plays it no more. */
  ElementDetached: 'elementDetached',
  /** The browser plays its sound. */
  AudioPlaybackStarted: 'audioPlaybackStarted',
  /** The browser refused to play sound. */
  AudioPlaybackFailed: 'audioPlaybackFailed',
  /** Of a publication: its media is here. */
  Subscribed: 'subscribed',
  /** Of a publication: its media ended. */
  Unsubscribed: 'unsubscribed',
  /** Of a publication: its media could not be received. */
  SubscriptionFailed: 'subscriptionFailed',
} as const;

/** One of the events of a track or a publication, as a type. */
export type TrackEvent = (typeof TrackEvent)[keyof typeof TrackEvent];
