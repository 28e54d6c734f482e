import { describe, expect, it } from 'vitest';
import { localInputOf } from '../app/moments.ts';
import { readChanges } from './edit-room-dialog.tsx';
import type { ListedRoom } from './room-summary.ts';

const START = '2026-07-01T09:30:12.000Z';

const ROOM: ListedRoom = {
  id: 'r1',
  name: 'Weekly',
  description: null,
  hostId: 'u1',
  status: 'active',
  hasPassword: true,
  guestsAllowed: true,
  maxUsers: 10,
  createdAt: '2026-01-31T12:00:00Z',
  scheduledAt: START,
  endedAt: null,
  participantCount: 0,
};

function entered(more: Readonly<Record<string, string>> = {}): FormData {
  const form = new FormData();
  const fields = {
    name: 'Weekly',
    description: '',
    seats: '10',
    password: '',
    'starts-at': localInputOf(new Date(START)),
    ...more,
  };
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

describe('the changes of a room', () => {
  it('are none where nothing else was entered', () => {
    expect(readChanges(entered(), ROOM, false)).toEqual({});
  });

  it.each([
    [{ name: ' Monthly ' }, { name: 'Monthly' }],
    [{ description: 'Bring tea' }, { description: 'Bring tea' }],
    [{ seats: '20' }, { maxUsers: 20 }],
    [{ password: 'sesame' }, { password: 'sesame' }],
    [{ 'starts-at': '' }, { scheduledAt: null }],
    [
      { 'starts-at': '2026-07-02T10:00' },
      { scheduledAt: new Date('2026-07-02T10:00').toISOString() },
    ],
  ])('are just %j', (fields, changes) => {
    expect(readChanges(entered(fields), ROOM, false)).toEqual(changes);
  });

  it('take the password and the description away', () => {
    const room = { ...ROOM, description: 'Bring tea' };
    expect(readChanges(entered(), room, true)).toEqual({ password: null, description: null });
  });
});
