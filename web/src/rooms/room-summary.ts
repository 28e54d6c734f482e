/** A room, as the REST API shows it. */
export interface RoomSummary {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly hostId: string;
  readonly status: 'active' | 'ended' | 'cancelled';
  readonly hasPassword: boolean;
  readonly guestsAllowed: boolean;
  readonly maxUsers: number;
  readonly createdAt: string;
  /** When the meeting is to start; null for one without a fixed start. */
  readonly scheduledAt: string | null;
  readonly endedAt: string | null;
}

/** A room in a list. */
export interface ListedRoom extends RoomSummary {
  /** People who are in it now. */
  readonly participantCount: number;
}

/** Whether a meeting is still to come: nobody is there before its start. */
export function isUpcoming(room: ListedRoom, nowMs: number): boolean {
  const { status, scheduledAt, participantCount } = room;
  return (
    status === 'active' &&
    scheduledAt !== null &&
    Date.parse(scheduledAt) > nowMs &&
    participantCount === 0
  );
}

/** Rooms that are still to come, the next first, and those that are open now, in the order they have. */
export function splitByStart(
  rooms: readonly ListedRoom[],
  nowMs: number,
): { readonly upcoming: readonly ListedRoom[]; readonly open: readonly ListedRoom[] } {
  const startOf = ({ scheduledAt }: ListedRoom) => Date.parse(scheduledAt ?? '');
  return {
    upcoming: rooms
      .filter((room) => isUpcoming(room, nowMs))
      .toSorted((one, other) => startOf(one) - startOf(other)),
    open: rooms.filter((room) => !isUpcoming(room, nowMs)),
  };
}
