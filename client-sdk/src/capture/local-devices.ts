import { browserCapture, findMediaDevices } from './capture-devices.ts';

/**
 * Lists devices. Browsers hide the names until the person allowed a device, so
 * that is asked first, unless `requestPermissions` is false.
 *
 * @param kind All kinds, if left out.
 * @throws MediaDeviceError when the person refuses.
 */
export async function getLocalDevices(
  kind?: MediaDeviceKind,
  requestPermissions = true,
): Promise<MediaDeviceInfo[]> {
  const devices = findMediaDevices();
  if (!devices) return [];
  const list = async () =>
    (await devices.enumerateDevices()).filter((device) => !kind || device.kind === kind);
  const found = await list();
  const isHidden = found.some((device) => device.deviceId !== '' && device.label !== '') === false;
  if (found.length === 0 || !isHidden || !requestPermissions) return found;
  const opened = await browserCapture.openUserMedia({
    audio: kind !== 'videoinput',
    video: kind !== 'audioinput' && kind !== 'audiooutput',
  });
  const named = await list();
  for (const track of opened) track.stop();
  return named;
}
