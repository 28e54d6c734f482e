import type { Joined, RoomChange } from '@balai/protocol';
import { act, cleanup } from '@testing-library/react';
import { createElement, type ReactNode } from 'react';
import { afterEach, beforeEach, vi } from 'vitest';
import { RoomProvider } from '../src/react/index.ts';
import type { Room } from '../src/room.ts';
import { joined, type Script, ScriptedServer } from './fakes/scripted-server.ts';
import { setUpRoom } from './room-bench.ts';

/** For tests of hooks: a room on a server that says what the test wants, anew for each test. */
export class ReactBench {
  server = new ScriptedServer();
  /** Not connected yet. */
  room!: Room;
  #connect!: () => Promise<void>;

  constructor() {
    beforeEach(async () => {
      this.server = new ScriptedServer();
      const { room, connect } = setUpRoom(await this.server.listen());
      this.room = room;
      this.#connect = connect;
    });
    afterEach(async () => {
      cleanup();
      await act(() => this.room.disconnect());
      await this.server.close();
    });
  }

  /** Gives what it renders the room. */
  readonly wrapper = ({ children }: { children: ReactNode }) =>
    createElement(RoomProvider, { room: this.room }, children);

  /** Joins a room that looks like this, of a server that answers so. */
  async enter(message: Joined = joined(), script: Script = {}): Promise<void> {
    this.server.welcome = (socket) => socket.emit('joined', message);
    this.server.script = { 'room.leave': () => null, ...script };
    await act(() => this.#connect());
  }

  /** The server tells of a change, and the hook has rendered when `isDone` holds. */
  async change(one: RoomChange, isDone: () => void): Promise<void> {
    this.server.say('changed', { changes: [one] });
    await act(() => vi.waitFor(isDone, 10_000));
  }
}

/** What people are called. */
export function identities(people: readonly { readonly identity: string }[]): string[] {
  return people.map(({ identity }) => identity);
}
