import type { Participant } from '@balai/client';
import type { Moderation } from '@balai/client/moderation';
import { describe, expect, it } from 'vitest';
import { actsOn } from './person-acts.ts';

const OFF = { isMicrophoneOn: false, isCameraOn: false, isSharing: false, isHandRaised: false };
const ON = { isMicrophoneOn: true, isCameraOn: true, isSharing: true, isHandRaised: true };

/** What is offered to somebody who may do these things, and what it did. */
function offered(rights: readonly string[], facts = OFF, more: Partial<Participant> = {}) {
  const person = { name: 'Ann', isLocal: false, role: 'participant', ...more } as Participant;
  const done: string[] = [];
  const act = (name: string) => async (_person: Participant, what?: unknown) => {
    done.push(what === undefined ? name : `${name} ${String(what)}`);
  };
  const acts = {
    can: (right: string) => rights.includes(right),
    canMake: (_person: Participant, role: string) => rights.includes(role),
    spotlight: [],
    mute: act('mute'),
    stopTrack: act('stop'),
    askToUnmute: act('ask'),
  } as unknown as Moderation;
  const moderation = {
    acts,
    tell: () => undefined,
    attempt: async (_problem: string, work: () => Promise<unknown>) => {
      await work();
      return true;
    },
  };
  const ask = (what: string) => () => void done.push(what);
  const questions = { onWrite: ask('write'), onRemove: ask('remove?'), onBan: ask('ban?') };
  const items = actsOn(moderation, person, facts, questions);
  return { items, names: items.map(({ name }) => name), done };
}

describe('what may be done about somebody', () => {
  it('is to write to them, for who leads nothing; for oneself nothing', () => {
    expect(offered([]).names).toEqual(['Write privately']);
    expect(offered([], ON, { isLocal: true }).names).toEqual([]);
  });

  it('follows what is on', () => {
    const rights = ['mute', 'askToUnmute', 'stopTrack', 'lowerHand'];
    expect(offered(rights, ON).names).toEqual([
      'Mute',
      'Stop the camera',
      'Stop the screen share',
      'Lower the hand',
      'Write privately',
    ]);
    expect(offered(rights).names).toEqual([
      'Ask to unmute',
      'Ask to start the camera',
      'Write privately',
    ]);
  });

  it('does not ask a listener for what they can not turn on', () => {
    const { names } = offered(['askToUnmute', 'inviteToStage'], OFF, { role: 'listener' });
    expect(names).toEqual(['Call to the stage', 'Write privately']);
  });

  it('asks before somebody is sent out', () => {
    const { items, done } = offered(['remove', 'ban', 'mute'], ON);
    for (const { onChoose } of items) onChoose();
    expect(done).toEqual(['mute', 'write', 'remove?', 'ban?']);
    expect(items.filter(({ isDangerous }) => isDangerous)).toHaveLength(2);
  });
});
