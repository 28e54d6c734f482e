/** Bounds that both sides keep, so that the SDK can refuse early what the server would refuse. */
export const LIMITS = {
  /** Characters of a chat message. */
  chatText: 4_000,
  /** People that one chat message may mention. */
  mentions: 20,
  /** Characters of the name of a file. */
  fileName: 255,
  /** Characters of a name that others see. */
  displayName: 100,
  /** Characters of an identity that an application gives. */
  identity: 128,
  /** Characters of the name of an application's room. */
  roomName: 255,
  /** Characters of a room token, which travels in headers. */
  roomToken: 8_192,
  /** Bytes of what an application attaches to a room or a participant as metadata, in UTF-8. */
  metadataBytes: 64 * 1024,
  /** Bytes of all attributes of a participant, names and values, in UTF-8. */
  attributesBytes: 64 * 1024,
  /** Attributes of a participant. */
  attributes: 100,
  /** Characters of why somebody is banned. */
  banReason: 200,
  /** People who are shown large to everybody. */
  spotlight: 20,
  /** Breakout rooms that a room has at a time. */
  breakoutRooms: 50,
  /** People whom one request names, such as those who are let in from the lobby. */
  namedAtOnce: 500,
  /** Characters of a track's name. */
  trackName: 255,
  /** Bytes of one message on a data channel, without what the frame adds. */
  dataPayloadBytes: 60_000,
  /** Bytes of a topic, in UTF-8. */
  dataTopicBytes: 255,
  /** Topics that a grant may name. */
  grantedTopics: 100,
  /** Bytes of all of them together, as JSON: they have to fit into room tokens. */
  grantedTopicsBytes: 3_072,
  /** People that one message may be for, where it is not for everybody. */
  dataDestinations: 100,
  /**
   * What a client may send reliably beyond the last answered `data.flush`: the bytes of its
   * frames, and `dataMessageCost` for each.
   */
  dataWindowBytes: 256 * 1024,
  /** What a message counts for beside its bytes. */
  dataMessageCost: 1024,
  /** What a client sends at most that is lossy, counted in the same way. A burst may be one second's. */
  dataLossyBytesPerSecond: 512 * 1024,
  /** Characters of a text that goes to others, outside of the chat. */
  dataText: 50_000,
  /** Bytes of what a remote call carries either way, in UTF-8. */
  rpcPayloadBytes: 15 * 1024,
  /** Bytes of the message of an `RpcError`, in UTF-8. */
  rpcErrorMessageBytes: 256,
  /** Characters of the name of a method. */
  rpcMethod: 64,
  /** Bytes of one signalling message. */
  signallingMessageBytes: 256 * 1024,
} as const;
