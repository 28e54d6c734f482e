import { browserCapture, type CaptureDevices } from './capture/capture-devices.ts';
import type { EnterParts } from './enter-room.ts';
import { loadMediasoupEngine } from './media/mediasoup-engine.ts';
import { openSignal } from './signalling/open-signal.ts';

/** Where a room gets its devices, media and signalling from. Tests give their own. */
export interface RoomParts extends EnterParts {
  readonly capture: CaptureDevices;
}

/** The browser's devices, mediasoup-client and Socket.IO. */
export const browserParts: RoomParts = {
  capture: browserCapture,
  loadEngine: (capabilities) => loadMediasoupEngine(capabilities),
  openSignal,
};
