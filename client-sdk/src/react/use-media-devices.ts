import { useCallback, useEffect, useState } from 'react';
import { Room } from '../room.ts';
import { useRoom } from './room-context.ts';
import { useObserved } from './use-observed.ts';

const ACTIVE = ['activeDeviceChanged', 'localTrackPublished', 'localTrackUnpublished'] as const;

/** The devices of one kind, and which is in use. */
export interface MediaDevicesState {
  /** As the browser lists them. */
  readonly devices: readonly MediaDeviceInfo[];
  /** Undefined where none was chosen and none is open. */
  readonly activeDeviceId: string | undefined;
  /** As `room.switchActiveDevice`. */
  readonly choose: (deviceId: string) => Promise<boolean>;
}

/**
 * The microphones, cameras or speakers, as they are plugged in and out. Asks for
 * no permission: without one, browsers give no names.
 */
export function useMediaDevices(kind: MediaDeviceKind, given?: Room): MediaDevicesState {
  const room = useRoom(given);
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([]);
  useEffect(() => {
    let isCurrent = true;
    const look = () => {
      Room.getLocalDevices(kind, false).then(
        (found) => {
          if (isCurrent) setDevices(found);
        },
        // Without devices there is nothing to list; what opens one says why it cannot.
        () => {
          if (isCurrent) setDevices([]);
        },
      );
    };
    look();
    room.on('mediaDevicesChanged', look);
    room.on('localTrackPublished', look);
    return () => {
      isCurrent = false;
      room.off('mediaDevicesChanged', look);
      room.off('localTrackPublished', look);
    };
  }, [room, kind]);
  const activeDeviceId = useObserved(room, ACTIVE, (one) => one.getActiveDevice(kind));
  const choose = useCallback(
    (deviceId: string) => room.switchActiveDevice(kind, deviceId),
    [room, kind],
  );
  return { devices, activeDeviceId, choose };
}
