import { spawn, spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * @typedef {object} Lock
 * @property {(note: string) => void} describe Replaces what others read about the holder.
 * @property {() => void} release Idempotent.
 */

/**
 * Takes an exclusive lock on a file that is created when it is missing.
 *
 * The kernel holds the lock (flock) for an open file of this process, so it is
 * gone the moment the process is, however it ends: there is no stale lock to
 * judge. Node.js has no flock call; the `flock` program locks the open file that
 * it inherits, and the lock stays with our descriptor when the program has ended.
 *
 * @param {string} path
 * @param {object} [options]
 * @param {number} [options.timeoutMs] How long to wait for the holder. Default: 30 minutes.
 * @param {(holder: string) => void} [options.onWait] Called once, with the holder's note.
 * @returns {Promise<Lock>} Throws {@link LockHeldError} when the time is over.
 */
export async function acquireLock(path, { timeoutMs = 30 * 60_000, onWait } = {}) {
  mkdirSync(dirname(path), { recursive: true });
  // Never unlinked: two processes would lock two files of the same name.
  const descriptor = openSync(path, 'a+', 0o600);
  try {
    if (!tryLock(descriptor)) {
      onWait?.(readHolder(path));
      if (timeoutMs <= 0 || !(await waitForLock(descriptor, timeoutMs))) {
        throw new LockHeldError(path, readHolder(path));
      }
    }
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  let isHeld = true;
  /** @param {string} note */
  const describe = (note) => {
    ftruncateSync(descriptor);
    writeSync(descriptor, note);
  };
  describe(`process ${process.pid}`);
  return {
    describe,
    release() {
      if (!isHeld) return;
      isHeld = false;
      ftruncateSync(descriptor);
      closeSync(descriptor);
    },
  };
}

/** Somebody else holds the lock; `holder` is the note that they left. */
export class LockHeldError extends Error {
  /**
   * @param {string} path
   * @param {string} holder
   */
  constructor(path, holder) {
    super(`${path} is locked by ${holder || 'another process'}`);
    this.name = 'LockHeldError';
    this.holder = holder;
  }
}

/** @param {string} path */
function readHolder(path) {
  return readFileSync(path, 'utf8').trim();
}

/** @param {number} descriptor */
function tryLock(descriptor) {
  const { status, error } = spawnSync('flock', ['--exclusive', '--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', descriptor],
  });
  if (error) {
    throw new Error('the program "flock" (Debian package util-linux) is needed', { cause: error });
  }
  return status === 0;
}

/**
 * @param {number} descriptor
 * @param {number} timeoutMs
 * @returns {Promise<boolean>}
 */
function waitForLock(descriptor, timeoutMs) {
  return new Promise((resolve, reject) => {
    const seconds = String(timeoutMs / 1000);
    const child = spawn('flock', ['--exclusive', '--timeout', seconds, '3'], {
      stdio: ['ignore', 'ignore', 'ignore', descriptor],
    });
    child.once('error', reject);
    child.once('exit', (status) => resolve(status === 0));
  });
}
