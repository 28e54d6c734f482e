import type { ParticipantId, ParticipantInfo, RoomChange } from '@balai/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../../../test/test-stores.ts';
import { applyChange } from '../room-view.ts';
import { HandedOnLately } from './handed-on-lately.ts';
import type { PeopleRecord, RecordedPerson } from './people-record.ts';
import type { SharedView } from './room-sharing.ts';
import { SharedRoom } from './shared-room.ts';

const OWN = 'own-process';
const OTHER = 'other-process';

/** The record of one room, as this process writes it. */
class FakeRecord implements PeopleRecord {
  readonly people = new Map<ParticipantId, RecordedPerson>();
  version = 0;
  /** What a renewal waits for. */
  renewing: Promise<void> = Promise.resolve();

  async read(): ReturnType<PeopleRecord['read']> {
    return { version: this.version, people: new Map(this.people) };
  }

  async write(...[, people]: Parameters<PeopleRecord['write']>): Promise<number> {
    for (const [participantId, info] of people) {
      if (info === null) this.people.delete(participantId);
      else this.people.set(participantId, { processId: OWN, info });
    }
    this.version += 1;
    return this.version;
  }

  async forget(): Promise<void> {
    throw new Error('nobody is gone here');
  }

  async renew(): Promise<number> {
    const { version } = this;
    await this.renewing;
    return version;
  }

  renewLease = async (): Promise<boolean> => true;
  findGone = async (): Promise<readonly string[]> => [];
  endLease = async (): Promise<void> => undefined;
}

class FakeView implements SharedView {
  readonly roomId = 'hall';
  readonly view = new Map<ParticipantId, ParticipantInfo>();
  readonly heard: RoomChange[] = [];

  hear(change: RoomChange): void {
    this.heard.push(change);
    applyChange(this.view, change);
  }

  displace(): void {
    throw new Error('nobody leaves here');
  }

  letGo(): void {
    throw new Error('nobody is taken from here');
  }
}

const handedOn = new HandedOnLately();
afterEach(() => handedOn.close());

function open(record: PeopleRecord, before = Promise.resolve()) {
  const view = new FakeView();
  const room = new SharedRoom({
    room: view,
    processId: OWN,
    record,
    handedOn,
    leavesPeople: () => undefined,
    tell: async () => undefined,
    before,
    closed: () => undefined,
    logger: silentLogger,
  });
  const enter = async (participantId: ParticipantId): Promise<void> => {
    await room.ready();
    const change = { type: 'participantJoined', participant: infoOf(participantId) } as const;
    applyChange(view.view, change);
    room.share(change);
    await room.settled();
  };
  return { room, view, enter };
}

function infoOf(participantId: ParticipantId): ParticipantInfo {
  return {
    participantId,
    identity: participantId,
    name: participantId,
    role: 'participant',
    joinedAt: '2026-01-01T00:00:00.000Z',
    metadata: '',
    attributes: {},
    handRaisedAt: null,
    tracks: [],
  };
}

describe('a comparison with the record', () => {
  test('keeps whom another process goes on with, before that one has said so', async () => {
    const record = new FakeRecord();
    const { room, view, enter } = open(record);
    await enter('ann');
    await room.handOn('ann', OTHER);
    await room.reconcile();
    expect(view.heard).toEqual([]);
    expect([room.isElsewhere('ann'), room.processes().has(OTHER)]).toEqual([true, true]);
    expect([...record.people.keys()]).toEqual(['ann']);
  });

  test('keeps them too where the last of the room was handed on, and somebody comes again', async () => {
    const record = new FakeRecord();
    const first = open(record);
    await first.enter('ann');
    await first.room.handOn('ann', OTHER);
    first.room.close([]);
    const second = open(record, first.room.settled());
    await second.enter('ben');
    expect([...record.people.keys()]).toEqual(['ann', 'ben']);
    expect([...second.view.view.keys()]).toEqual(['ann', 'ben']);
    expect(second.room.isElsewhere('ann')).toBe(true);
  });

  test('takes out whom the other process did not go on with, once that one is gone', async () => {
    const record = new FakeRecord();
    const { room, view, enter } = open(record);
    await enter('ann');
    await room.handOn('ann', OTHER);
    await room.drop(OTHER);
    await room.settled();
    expect(view.heard).toMatchObject([{ type: 'participantLeft', participantId: 'ann' }]);
    expect(record.people.size).toBe(0);
  });

  test('of a room that is closed does not take out people of the one that came after it', async () => {
    const record = new FakeRecord();
    const renewed = Promise.withResolvers<void>();
    const first = open(record);
    await first.enter('ann');
    record.renewing = renewed.promise;
    const renewing = first.room.renew();
    first.room.close([{ type: 'participantLeft', participantId: 'ann', reason: 'signal_close' }]);
    const second = open(record, first.room.settled());
    await second.enter('ben');
    renewed.resolve();
    await renewing;
    await first.room.settled();
    expect([...record.people.keys()]).toEqual(['ben']);
  });
});
