import type { ParticipantId, ParticipantInfo, RoomChange, RoomId } from '@balai/protocol';

/** A room as the people of this process see it. */
export interface SharedView {
  readonly roomId: RoomId;
  /** Everybody whom others may see, wherever they are. */
  readonly view: ReadonlyMap<ParticipantId, ParticipantInfo>;
  /** Makes true what became so in another process. */
  hear(change: RoomChange): void;
  /** The stay of somebody who is here now goes on elsewhere, or its person has come in there. */
  displace(participantId: ParticipantId): void;
  /** Another process goes on with the stay of somebody who is here now. */
  letGo(participantId: ParticipantId): void;
}

/** What a room of this process and the others have of each other. Nothing here waits but `ready`. */
export interface RoomSharing {
  /**
   * Settles when the view has everybody.
   *
   * @throws AppError `unavailable`: the next call tries again.
   */
  ready(): Promise<void>;

  /** Has the others hear of a change that has just become true in the view. Keeps the order. */
  share(change: RoomChange): void;

  /** This process goes on with the stay of somebody whom another one had. */
  adopt(participantId: ParticipantId): void;

  /** Settles when another process can go on with a stay. Never rejects. */
  handOn(participantId: ParticipantId, processId: string): Promise<void>;

  /** Whether somebody of the view is in another process. */
  isElsewhere(participantId: ParticipantId): boolean;

  /** Whether anybody is. */
  readonly hasPeopleElsewhere: boolean;

  /**
   * Nobody of the room is in this process any more.
   *
   * @param last What the others are to hear of it.
   */
  close(last: readonly RoomChange[]): void;
}

/** Begins to share a room in which somebody of this process is, or is about to be. */
export type ShareRoom = (room: SharedView) => RoomSharing;

/** For a server that is one process. */
export const shareWithNobody: ShareRoom = () => ({
  ready: () => Promise.resolve(),
  share: () => undefined,
  adopt: () => undefined,
  handOn: () => Promise.resolve(),
  isElsewhere: () => false,
  hasPeopleElsewhere: false,
  close: () => undefined,
});
