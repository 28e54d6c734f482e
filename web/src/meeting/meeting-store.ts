import {
  ConnectionState,
  type LocalAudioTrack,
  type LocalVideoTrack,
  type Participant,
  type Room,
  RoomEvent,
  TrackEvent,
} from '@balai/client';
import { type Failure, toFailure } from '../app/failure.ts';
import { Store } from '../app/store.ts';
import { ChatStore } from '../chat/chat-store.ts';
import { ModerationStore } from '../moderation/moderation-store.ts';
import { type Source, textOfDeviceProblem } from '../preview/device-problem.ts';
import type { DevicesStore } from '../preview/devices-store.ts';
import type { Notices } from '../ui/notices.ts';

/** What stands beside the pictures. */
export type Panel = 'participants' | 'chat';

/** What the page of a meeting shows that its room does not know. */
export interface MeetingState {
  /** What is being turned on or off at this moment. */
  readonly busy: ReadonlySet<Source>;
  readonly panel: Panel | null;
  /** Key of the picture that is to be large; null for none. */
  readonly pinned: string | null;
}

/** A meeting that one is in: what can be done there, and what is told in notices. */
export class MeetingStore {
  readonly state = new Store<MeetingState>({ busy: new Set(), panel: null, pinned: null });
  readonly chat: ChatStore;
  readonly moderation: ModerationStore;
  readonly room: Room;
  readonly #notices: Notices;
  readonly #devices: DevicesStore;
  /** On the way to another room one leaves its people, not they. */
  #isMoving = false;

  /** @param room Connected. This store ends it. */
  constructor(room: Room, notices: Notices, devices: DevicesStore) {
    this.room = room;
    this.#notices = notices;
    this.#devices = devices;
    this.chat = new ChatStore(room, notices);
    this.moderation = new ModerationStore(room, notices);
    this.#listen();
    void this.#playOnChosenSpeaker();
  }

  #listen(): void {
    this.room.on(RoomEvent.Moved, () => {
      this.#isMoving = true;
    });
    this.room.on(RoomEvent.ConnectionStateChanged, (state) => {
      if (state === ConnectionState.Connected) this.#isMoving = false;
    });
    this.room.on(RoomEvent.ParticipantConnected, ({ name }) => {
      if (!this.#isMoving) this.#notices.tell(`${name} joined`);
    });
    this.room.on(RoomEvent.ParticipantDisconnected, ({ name }) => {
      if (!this.#isMoving) this.#notices.tell(`${name} left`);
    });
    this.room.on(RoomEvent.TrackPublished, (publication, participant: Participant) => {
      if (publication.source !== 'screen_share') return;
      this.#notices.tell(`${participant.name} shares a screen`);
    });
    this.room.on(RoomEvent.LocalTrackPublished, ({ source, track }) => {
      // Who stops sharing in the browser's own bar knows.
      if (source !== 'camera' && source !== 'microphone') return;
      track.on(TrackEvent.Ended, () => {
        this.#tellProblem(source, { code: 'track_ended', message: 'The device stopped.' });
      });
    });
  }

  /** Publishes a track of the preview. */
  async publish(track: LocalAudioTrack | LocalVideoTrack): Promise<void> {
    const source = track.kind === 'video' ? 'camera' : 'microphone';
    await this.#change(source, async () => {
      try {
        await this.room.localParticipant.publishTrack(track);
      } catch (error) {
        track.stop();
        throw error;
      }
    });
  }

  async toggleMicrophone(): Promise<void> {
    const { localParticipant } = this.room;
    const { audioinput } = this.#devices.state.get().choices;
    await this.#change('microphone', () =>
      localParticipant.setMicrophoneEnabled(
        !localParticipant.isMicrophoneEnabled,
        audioinput === undefined ? {} : { deviceId: { ideal: audioinput } },
      ),
    );
  }

  async toggleCamera(): Promise<void> {
    const { localParticipant } = this.room;
    const { videoinput } = this.#devices.state.get().choices;
    await this.#change('camera', () =>
      localParticipant.setCameraEnabled(
        !localParticipant.isCameraEnabled,
        videoinput === undefined ? {} : { deviceId: { ideal: videoinput } },
      ),
    );
  }

  async toggleScreenShare(): Promise<void> {
    const { localParticipant } = this.room;
    await this.#change('screen', () =>
      localParticipant.setScreenShareEnabled(!localParticipant.isScreenShareEnabled),
    );
  }

  /** Changes over to another device, and remembers it. */
  async chooseDevice(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    this.#devices.remember(kind, deviceId);
    const source = kind === 'videoinput' ? 'camera' : 'microphone';
    await this.#attempt(source, () => this.room.switchActiveDevice(kind, deviceId));
  }

  /** Lets sound play. Must be called while the person touches the page. */
  async startAudio(): Promise<void> {
    await this.#attempt('microphone', () => this.room.startAudio());
  }

  /** Opens a panel, or closes the one that is open. */
  showPanel(panel: Panel | null): void {
    this.state.update((state) => ({ ...state, panel }));
    this.chat.setOpen(panel === 'chat');
  }

  togglePanel(panel: Panel): void {
    this.showPanel(this.state.get().panel === panel ? null : panel);
  }

  /** Shows a picture large and before all others, or no longer. */
  togglePin(key: string): void {
    this.state.update((state) => ({ ...state, pinned: state.pinned === key ? null : key }));
  }

  /** Leaves; the room's `disconnected` follows. */
  close(): void {
    void this.room.disconnect();
  }

  async #change(source: Source, work: () => Promise<unknown>): Promise<void> {
    if (this.state.get().busy.has(source)) return;
    this.#setBusy(source, true);
    await this.#attempt(source, work);
    this.#setBusy(source, false);
  }

  async #attempt(source: Source, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const failure = toFailure(error);
      // Who leaves gives up what was under way, and who closes the browser's dialog shares no screen.
      if (failure.code === 'cancelled') return;
      if (source === 'screen' && failure.code === 'permission_denied') return;
      this.#tellProblem(source, failure);
    }
  }

  #tellProblem(source: Source, failure: Failure): void {
    const { title, text } = textOfDeviceProblem(source, failure);
    this.#notices.tell(`${title}. ${text}`, 'problem');
  }

  #setBusy(source: Source, isBusy: boolean): void {
    this.state.update((state) => {
      const busy = new Set(state.busy);
      if (isBusy) busy.add(source);
      else busy.delete(source);
      return { ...state, busy };
    });
  }

  async #playOnChosenSpeaker(): Promise<void> {
    const { choices, available } = this.#devices.state.get();
    const chosen = available.find(
      ({ kind, deviceId }) => kind === 'audiooutput' && deviceId === choices.audiooutput,
    );
    if (chosen === undefined) return;
    await this.#attempt('microphone', () =>
      this.room.switchActiveDevice('audiooutput', chosen.deviceId),
    );
  }
}
