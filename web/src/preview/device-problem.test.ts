import { describe, expect, it } from 'vitest';
import { textOfDeviceProblem } from './device-problem.ts';

describe('the words for a device that cannot be opened', () => {
  it.each([
    ['camera', 'permission_denied', 'Camera access refused'],
    ['camera', 'device_not_found', 'No camera found'],
    ['camera', 'device_in_use', 'Camera in use'],
    ['microphone', 'permission_denied', 'Microphone access refused'],
    ['microphone', 'device_not_found', 'No microphone found'],
    ['microphone', 'device_in_use', 'Microphone in use'],
    ['screen', 'permission_denied', 'Screen sharing refused'],
  ] as const)('name the %s when it ends with %s', (source, code, title) => {
    expect(textOfDeviceProblem(source, { code, message: '' }).title).toBe(title);
  });

  it('are the general ones for what is not the fault of the device', () => {
    const failure = { code: 'room_ended', message: '' };
    expect(textOfDeviceProblem('camera', failure).title).toBe('This meeting has ended');
  });
});
