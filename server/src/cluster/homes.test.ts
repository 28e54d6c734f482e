import { beforeEach, describe, expect, test } from 'vitest';
import type { NodeMedia } from '../media/node-media.ts';
import type { ClusterNode } from './cluster-nodes.ts';
import { type ClusterPerson, ClusterRoom, newPerson } from './cluster-room.ts';
import { Homes } from './homes.ts';
import { MemoryRoomPlaces } from './test-room-places.ts';

const room = new ClusterRoom({
  roomId: 'room',
  places: new MemoryRoomPlaces().of('replica'),
  findNode: () => undefined,
  tellLevels: () => undefined,
  tellFault: () => undefined,
});

let homes: Homes;

beforeEach(() => {
  homes = new Homes();
});

function node(peerId: string, isDraining = false): ClusterNode {
  return { peerId, media: {} as NodeMedia, isDraining: () => isDraining };
}

function personOn(onto: ClusterNode, participantId = 'ada'): ClusterPerson {
  return newPerson({ participantId, room, node: onto, isReceiveOnly: false });
}

const unavailable = expect.objectContaining({ code: 'media_unavailable' });

describe('somebody with media on one node', () => {
  test('is found there, whatever is looked for', () => {
    const person = personOn(node('a'));
    homes.set(person);
    expect(homes.find('ada')).toBe(person);
    expect(homes.getNewest('ada')).toBe(person);
    expect(homes.getByTransport('ada', 'transport')).toBe(person);
    expect(homes.getByTrack('ada', 'track')).toBe(person);
    expect(homes.all('ada')).toEqual([person]);
    expect(homes.holds(person)).toBe(true);
    homes.delete('ada');
    expect(homes.has('ada')).toBe(false);
    expect(homes.holds(person)).toBe(false);
  });

  test('is known and nowhere while they are being placed', () => {
    homes.reserve('ada');
    expect(homes.participantIds).toEqual(['ada']);
    expect(homes.has('ada')).toBe(true);
    expect(homes.find('ada')).toBeUndefined();
    expect(homes.all('ada')).toEqual([]);
    expect(() => homes.getNewest('ada')).toThrow(unavailable);
    expect(() => homes.getByTransport('ada', 'transport')).toThrow(unavailable);
    expect(() => homes.divide('ada', ['s'], (id) => id)).toThrow(unavailable);
  });
});

describe('somebody who moves', () => {
  let first: ClusterPerson;
  let next: ClusterPerson;

  beforeEach(() => {
    first = personOn(node('a', true));
    next = personOn(node('b'));
    homes.set(first);
    homes.setNext(next);
  });

  test('gets what is new at the newer place, and is found where they were first', () => {
    expect(homes.getNewest('ada')).toBe(next);
    expect(homes.find('ada')).toBe(first);
    expect(homes.findNext('ada')).toBe(next);
    expect(homes.all('ada')).toEqual([first, next]);
  });

  test('has each transport and each track where it was made', () => {
    next.transportIds.add('new transport');
    next.trackIds.add('new track');
    expect(homes.getByTransport('ada', 'new transport')).toBe(next);
    expect(homes.getByTransport('ada', 'old transport')).toBe(first);
    expect(homes.getByTrack('ada', 'new track')).toBe(next);
    expect(homes.getByTrack('ada', 'old track')).toBe(first);
  });

  test('has subscriptions at both, and each is asked for its own', () => {
    next.subscriptionIds.add('3').add('1');
    expect([...homes.divide('ada', ['1', '2', '3', '4'], (id) => id)]).toEqual([
      [next, ['1', '3']],
      [first, ['2', '4']],
    ]);
  });

  test('is at the first alone again when the move was given up, and only that one is', () => {
    homes.deleteNext(personOn(node('c')));
    expect(homes.findNext('ada')).toBe(next);
    homes.deleteNext(next);
    expect(homes.all('ada')).toEqual([first]);
  });
});

test('whoever is on a node that drains can move, once', () => {
  const draining = node('a', true);
  for (const id of ['ada', 'ben']) homes.set(personOn(draining, id));
  homes.set(personOn(node('b'), 'cyd'));
  homes.reserve('dan');
  expect(homes.listMovable()).toEqual(['ada', 'ben']);
  homes.setNext(personOn(node('b'), 'ada'));
  expect(homes.listMovable()).toEqual(['ben']);
});
