import { type ClientErrorCode, MediaDeviceError } from '../errors.ts';

/** The browser's names for what went wrong, those of older browsers included. */
const CODE_OF_NAME: Readonly<Record<string, ClientErrorCode>> = {
  NotAllowedError: 'permission_denied',
  SecurityError: 'permission_denied',
  PermissionDeniedError: 'permission_denied',
  NotFoundError: 'device_not_found',
  OverconstrainedError: 'device_not_found',
  DevicesNotFoundError: 'device_not_found',
  NotReadableError: 'device_in_use',
  TrackStartError: 'device_in_use',
  AbortError: 'device_in_use',
};

/** Says in our words why the browser gave no device. */
export function toMediaDeviceError(
  cause: unknown,
  kind: MediaDeviceKind | undefined,
): MediaDeviceError {
  if (cause instanceof MediaDeviceError) return cause;
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : '';
  return new MediaDeviceError(CODE_OF_NAME[name] ?? 'device_error', kind, { cause });
}
