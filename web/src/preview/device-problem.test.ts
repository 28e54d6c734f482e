import { describe, expect, it } from 'vitest';
import { deviceProblems, textOfDeviceProblem } from './device-problem.ts';

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

describe('what to tell about camera and microphone', () => {
  const failure = (code: string) => ({ code, message: '' });

  it.each([
    ['neither fails', null, null, []],
    ['the camera fails', 'device_in_use', null, ['camera']],
    ['the microphone fails', null, 'device_not_found', ['microphone']],
    ['both fail alike', 'permission_denied', 'permission_denied', ['both']],
    ['both fail differently', 'device_in_use', 'device_not_found', ['camera', 'microphone']],
  ])('when %s', (_case, camera, microphone, sources) => {
    const problems = deviceProblems(
      camera === null ? null : failure(camera),
      microphone === null ? null : failure(microphone),
    );
    expect(problems.map(({ source }) => source)).toEqual(sources);
  });
});
