/** A room, as the REST API shows it. */
export interface RoomSummary {
  readonly id: string;
  readonly name: string;
  readonly hostId: string;
  readonly status: 'active' | 'ended' | 'cancelled';
  readonly hasPassword: boolean;
  readonly guestsAllowed: boolean;
  readonly maxUsers: number;
  readonly createdAt: string;
}
