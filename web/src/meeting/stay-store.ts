import {
  type DisconnectReason,
  type JoinAnswer,
  Room,
  RoomEvent,
  requestJoin,
} from '@balai/client';
import type { AccountStore } from '../account/account-store.ts';
import { readSettings } from '../account/settings-store.ts';
import { type Failure, toFailure } from '../app/failure.ts';
import { sendRequest } from '../app/request.ts';
import { Store } from '../app/store.ts';
import { DevicesStore, type OpenedSources } from '../preview/devices-store.ts';
import { loadGuestName } from '../preview/guest-name.ts';
import type { JoinEntry } from '../preview/join-form.tsx';
import { loadTcpOnly } from '../preview/network-field.tsx';
import type { RoomSummary } from '../rooms/room-summary.ts';
import { Notices } from '../ui/notices.ts';
import { MeetingStore } from './meeting-store.ts';

/** Where a person is between opening a room's link and having left. */
export type StayState =
  | { readonly phase: 'loading' }
  | {
      readonly phase: 'preview';
      readonly room: RoomSummary;
      readonly isJoining: boolean;
      /** Whether one stands in the lobby: somebody has to let one in. */
      readonly isWaiting: boolean;
      readonly failure: Failure | null;
    }
  | { readonly phase: 'meeting'; readonly room: RoomSummary; readonly meeting: MeetingStore }
  /** The room doesn't let one in, for a reason that the preview's form can't mend. */
  | { readonly phase: 'refused'; readonly failure: Failure }
  | { readonly phase: 'left'; readonly reason: DisconnectReason };

/** The failures that a person can mend in the preview's form. */
const MENDED_IN_FORM: ReadonlySet<string> = new Set([
  'wrong_room_password',
  'room_password_required',
  'guests_not_allowed',
  'invalid_request',
  'unauthorized',
]);

/** One person's way through a room's page: preview, meeting, and out again. */
export class StayStore {
  readonly state = new Store<StayState>({ phase: 'loading' });
  readonly devices = new DevicesStore();
  readonly notices = new Notices();
  readonly #account: AccountStore;
  readonly #roomId: string;
  /** What was entered last, for whoever joins again. */
  #entry: JoinEntry = { name: null, password: null, isTcpOnly: loadTcpOnly() };
  /** Ends what is under way; replaced by each new attempt. */
  #attempt = new AbortController();

  constructor(account: AccountStore, roomId: string) {
    this.#account = account;
    this.#roomId = roomId;
  }

  get entry(): JoinEntry {
    return { ...this.#entry, name: this.#entry.name ?? loadGuestName() };
  }

  /** Shows the preview, after asking what kind of room it is. */
  async open(): Promise<void> {
    const { signal } = this.#begin();
    this.state.set({ phase: 'loading' });
    try {
      const [room, sources] = await Promise.all([
        sendRequest<RoomSummary>(`/v1/rooms/${encodeURIComponent(this.#roomId)}`),
        this.#wantedSources(),
      ]);
      if (signal.aborted) return;
      if (room.status !== 'active') {
        this.#refuse({ code: 'room_ended', message: 'The meeting is over.' });
        return;
      }
      this.#showPreview(room, null);
      await this.devices.open(sources);
    } catch (error) {
      if (signal.aborted) return;
      const failure = toFailure(error);
      // A link that was cut short is no faulty request to the person who clicked it.
      const isBrokenLink = failure.code === 'invalid_request' || failure.code === 'not_found';
      this.#refuse(isBrokenLink ? { ...failure, code: 'room_not_found' } : failure);
    }
  }

  async join(entry: JoinEntry): Promise<void> {
    const before = this.state.get();
    if (before.phase !== 'preview' || before.isJoining) return;
    this.#entry = entry;
    const { signal } = this.#begin();
    this.state.set({ ...before, isJoining: true, failure: null });
    const room = new Room();
    // Whoever gives up waiting in the lobby ends the attempt, which has no end of its own there.
    const giveUp = () => void room.disconnect();
    signal.addEventListener('abort', giveUp);
    room.on(RoomEvent.WaitingInLobby, () => {
      if (!signal.aborted) this.state.set({ ...before, isJoining: true, isWaiting: true });
    });
    try {
      const answer = await this.#requestJoin(entry, signal);
      await room.connect(answer.url, answer.token, {
        joinInfo: answer,
        // For a laptop that slept longer than a token lasts.
        tokenProvider: async () => {
          const { token } = await this.#requestJoin(entry, new AbortController().signal);
          return token;
        },
        iceTransport: entry.isTcpOnly ? 'tcp' : 'all',
      });
      if (signal.aborted) await room.disconnect();
      else this.#enter(room, before.room);
    } catch (error) {
      if (signal.aborted) return;
      this.#joinFailed(before.room, toFailure(error));
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Gives up waiting in the lobby, and shows the form again. */
  leaveLobby(): void {
    const state = this.state.get();
    if (state.phase !== 'preview' || !state.isWaiting) return;
    this.#begin();
    this.#showPreview(state.room, null);
  }

  /** Leaves the meeting, gives the devices back and forgets what is under way. */
  close(): void {
    this.#begin();
    const state = this.state.get();
    this.state.set({ phase: 'loading' });
    if (state.phase === 'meeting') state.meeting.close();
    this.devices.close();
    this.notices.close();
  }

  #begin(): AbortController {
    this.#attempt.abort();
    this.#attempt = new AbortController();
    return this.#attempt;
  }

  /** What the person wants to enter meetings with. Never rejects: the defaults hold then. */
  async #wantedSources(): Promise<OpenedSources> {
    if (this.#account.state.get().status === 'signedIn') {
      try {
        const { join_muted, join_without_camera } = await readSettings(this.#account);
        return { camera: !join_without_camera, microphone: !join_muted };
      } catch (error) {
        console.warn('The settings could not be read; camera and microphone are opened.', error);
      }
    }
    return { camera: true, microphone: true };
  }

  #requestJoin({ name, password }: JoinEntry, signal: AbortSignal): Promise<JoinAnswer> {
    return this.#account.withAccessToken((accessToken) =>
      requestJoin(window.location.origin, this.#roomId, {
        signal,
        ...(name === null ? {} : { name }),
        ...(password === null ? {} : { password }),
        ...(accessToken === null ? {} : { accessToken }),
      }),
    );
  }

  #enter(room: Room, summary: RoomSummary): void {
    const meeting = new MeetingStore(room, this.notices, this.devices);
    room.on(RoomEvent.Disconnected, (reason) => {
      const state = this.state.get();
      if (state.phase !== 'meeting' || state.meeting !== meeting) return;
      this.state.set({ phase: 'left', reason });
      this.devices.close();
      this.notices.close();
    });
    this.state.set({ phase: 'meeting', room: summary, meeting });
    this.devices.handOver((track) => {
      const { grants } = room.localParticipant;
      // Who comes as a listener hears and sees only.
      if (grants?.publish[track.kind === 'video' ? 'camera' : 'microphone']) {
        void meeting.publish(track);
      } else {
        track.stop();
      }
    });
  }

  #joinFailed(room: RoomSummary, failure: Failure): void {
    if (!MENDED_IN_FORM.has(failure.code)) {
      this.#refuse(failure);
      return;
    }
    const hasPassword = room.hasPassword || failure.code === 'room_password_required';
    this.#showPreview({ ...room, hasPassword }, failure);
  }

  #showPreview(room: RoomSummary, failure: Failure | null): void {
    this.state.set({ phase: 'preview', room, isJoining: false, isWaiting: false, failure });
  }

  #refuse(failure: Failure): void {
    this.devices.close();
    this.state.set({ phase: 'refused', failure });
  }
}
