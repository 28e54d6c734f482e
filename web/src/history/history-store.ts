import type { AccountStore } from '../account/account-store.ts';
import { type Page, PagedList, pageQuery } from '../app/paged-list.ts';

/** One stay in a meeting, from coming to going. */
export interface MeetingStay {
  readonly id: string;
  readonly roomId: string;
  readonly roomName: string;
  readonly joinedAt: string;
  /** Null while it goes on; so is the duration. */
  readonly leftAt: string | null;
  readonly durationSeconds: number | null;
  readonly recordingUrl: string | null;
}

/** What somebody did here so far. */
export interface Activity {
  readonly roomsCreated: number;
  readonly roomsJoined: number;
  readonly participations: number;
  readonly totalMeetingSeconds: number;
}

/** The meetings that the signed-in person was in, the last first. */
export class HistoryStore {
  readonly list: PagedList<MeetingStay>;
  readonly #account: AccountStore;

  constructor(account: AccountStore) {
    this.#account = account;
    this.list = new PagedList<MeetingStay>((cursor) =>
      account.request<Page<MeetingStay>>(`/v1/users/me/meetings${pageQuery(cursor)}`),
    );
  }

  /** @throws RequestError */
  readActivity(): Promise<Activity> {
    return this.#account.request<Activity>('/v1/users/me/activity');
  }
}
