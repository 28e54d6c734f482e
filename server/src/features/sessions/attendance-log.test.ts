import { beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
import type { Attendance } from './attendance.ts';
import { AttendanceLog } from './attendance-log.ts';
import type { Stay } from './stay.ts';
import { Scene } from './testing/scene.ts';

let lines: string[];
let isAway: boolean;
let log: AttendanceLog;
let stay: Stay;

beforeEach(async () => {
  lines = [];
  isAway = false;
  const write = (line: string): void => {
    if (isAway) {
      throw new AppError('unavailable');
    }
    lines.push(line);
  };
  const attendance: Attendance = {
    open: async ({ userId }) => write(`${userId} joined`),
    close: async ({ userId }, leftAt) => write(`${userId} left at ${leftAt.getTime()}`),
    hide: async ({ userId, isHidden }) => write(`${userId} ${isHidden ? 'hid' : 'showed up'}`),
  };
  const scene = new Scene();
  stay = (await scene.join('ann')).stay;
  log = new AttendanceLog(attendance, () => 7, scene.logger);
});

describe('the log of attendance', () => {
  test('writes an arrival once, whoever needs it besides', async () => {
    await Promise.all([log.joined(stay), log.ensure(stay), log.ensure(stay)]);
    await log.ensure(stay);
    expect(lines).toEqual(['ann joined']);
  });

  test('writes an arrival that failed when somebody needs it', async () => {
    isAway = true;
    await log.joined(stay);
    await expect(log.ensure(stay)).rejects.toMatchObject({ code: 'unavailable' });
    isAway = false;
    await log.ensure(stay);
    expect(lines).toEqual(['ann joined']);
  });

  test('writes an arrival that failed with the departure at the latest', async () => {
    isAway = true;
    await log.joined(stay);
    isAway = false;
    await log.left(stay);
    expect(lines).toEqual(['ann joined', 'ann left at 7']);
  });

  test('writes who hides after their arrival', async () => {
    await Promise.all([log.joined(stay), log.hid(stay)]);
    expect(lines).toEqual(['ann joined', 'ann showed up']);
  });

  test('closes a stay after it was opened, however close they are', async () => {
    await Promise.all([log.joined(stay), log.left(stay)]);
    expect(lines).toEqual(['ann joined', 'ann left at 7']);
  });
});
