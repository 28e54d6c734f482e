import { expect, test, vi } from 'vitest';
import { Emitter } from './emitter.ts';

type Events = { said: (words: string, times: number) => void; gone: () => void };

test('listeners hear facts in the order in which they came', () => {
  const emitter = new Emitter<Events>();
  const heard: string[] = [];
  emitter.on('said', (words, times) => heard.push(`first ${words} ${times}`));
  emitter.on('said', (words) => heard.push(`second ${words}`));
  emitter.emit('said', 'hello', 2);
  expect(heard).toEqual(['first hello 2', 'second hello']);
});

test('a listener added with once hears one fact only, even if it emits the same again', () => {
  const emitter = new Emitter<Events>();
  let heard = 0;
  emitter.once('gone', () => {
    heard += 1;
    emitter.emit('gone');
  });
  emitter.emit('gone');
  expect(heard).toBe(1);
});

test('off takes back one subscription, also one made with once', () => {
  const emitter = new Emitter<Events>();
  const heard = vi.fn();
  emitter.on('gone', heard).once('gone', heard).off('gone', heard);
  emitter.emit('gone');
  emitter.emit('gone');
  expect(heard).toHaveBeenCalledTimes(2);
  emitter.off('gone', heard).off('gone', heard);
  emitter.emit('gone');
  expect(heard).toHaveBeenCalledTimes(2);
});

test('a listener that throws is reported, and the others hear the fact all the same', () => {
  const emitter = new Emitter<Events>();
  const fault = new Error('bad listener');
  const reported = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const heard = vi.fn();
  emitter.on('gone', () => {
    throw fault;
  });
  emitter.on('gone', heard);
  emitter.emit('gone');
  expect(heard).toHaveBeenCalledOnce();
  expect(reported).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('"gone"'), fault);
  reported.mockRestore();
});

test('a listener added or taken away while a fact is told counts from the next fact on', () => {
  const emitter = new Emitter<Events>();
  const heard: string[] = [];
  const late = () => heard.push('late');
  const removed = () => heard.push('removed');
  emitter.once('gone', () => {
    emitter.on('gone', late);
    emitter.off('gone', removed);
  });
  emitter.on('gone', removed);
  emitter.emit('gone');
  expect(heard).toEqual(['removed']);
  emitter.emit('gone');
  expect(heard).toEqual(['removed', 'late']);
});
