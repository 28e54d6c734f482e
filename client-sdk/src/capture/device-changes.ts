import { findMediaDevices } from './capture-devices.ts';

/**
 * Tells a listener when devices come and go. The browser's list of devices
 * outlives any room and must not keep one alive: the listening ends with the listener.
 */
export function tellDeviceChanges(listener: WeakRef<{ onDeviceChange(): void }>): void {
  const devices = findMediaDevices();
  const onChange = () => {
    const present = listener.deref();
    if (present) present.onDeviceChange();
    else devices?.removeEventListener('devicechange', onChange);
  };
  devices?.addEventListener('devicechange', onChange);
}
