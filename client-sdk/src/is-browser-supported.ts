import { detectDevice } from 'mediasoup-client';

/** Whether a room can be joined with this browser at all. Devices are another question. */
export function isBrowserSupported(): boolean {
  return typeof RTCPeerConnection === 'function' && detectDevice() !== undefined;
}
