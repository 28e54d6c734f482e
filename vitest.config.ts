import { configDefaults, defineConfig } from 'vitest/config';

/** What a test needs decides its project, and its file name says it. */
const kinds = {
  /** Real PostgreSQL and Redis, which `npm test` starts (BALAI_TEST_DATABASE_URL, BALAI_TEST_REDIS_URL). */
  store: '**/*.store.test.ts',
  /** What every media plane does, on one of them. Real media workers. */
  plane: '**/*.plane.test.ts',
  /** A real media worker (MEDIASOUP_WORKER_BIN). */
  media: '**/*.media.test.ts',
  /** Whole servers as processes, real media workers in them. */
  process: '**/*.process.test.ts',
  /** The whole server and Chromium, for what a person reads and clicks. */
  page: '**/*.page.test.ts',
  /** The whole server and real browsers, for what people see and hear. */
  browser: '**/*.browser.test.ts',
};

/** An older PostgreSQL, where `npm test` found one: what speaks SQL runs on it as well. */
const olderDatabaseUrl = process.env['BALAI_TEST_OLDER_DATABASE_URL'];

/** What a poll waits for comes at once, but on a machine that is busy with something else. */
const poll = { timeout: 10_000 };
/** Pages of several browsers share two cores. */
const patientPoll = { timeout: 20_000 };

const exclude = [...configDefaults.exclude, '**/dist/**', '**/.data/**'];

// biome-ignore lint/style/noDefaultExport: the form that vitest reads
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.{ts,tsx}'],
          exclude: [...exclude, ...Object.values(kinds)],
          testTimeout: 30_000,
          expect: { poll },
          maxWorkers: '100%',
          // The quick ones first: what fails is seen early. (0 stands for "any time".)
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'store',
          include: [kinds.store],
          exclude,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          expect: { poll },
          maxWorkers: '100%',
          sequence: { groupOrder: 2 },
        },
      },
      ...(olderDatabaseUrl === undefined
        ? []
        : [
            {
              test: {
                name: 'older-postgres',
                include: [
                  'server/src/store/postgres/**/*.store.test.ts',
                  'server/src/features/**/*.store.test.ts',
                ],
                // What Redis alone has a part in is the same on any PostgreSQL.
                exclude: [...exclude, '**/features/sessions/{sharing,resuming}/**'],
                env: { BALAI_TEST_DATABASE_URL: olderDatabaseUrl },
                testTimeout: 30_000,
                hookTimeout: 60_000,
                expect: { poll },
                maxWorkers: '100%',
                sequence: { groupOrder: 2 },
              },
            },
          ]),
      {
        test: {
          name: 'plane',
          include: [kinds.plane],
          exclude,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          expect: { poll },
          // They wait nearly all the time: for bandwidth to be found, and for what must not come.
          maxWorkers: 4,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'media',
          include: [kinds.media],
          exclude,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          expect: { poll },
          // Times of media are measured; other work on the cores would be measured with them.
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: 'process',
          include: [kinds.process],
          exclude,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          expect: { poll },
          maxWorkers: 2,
          sequence: { groupOrder: 5 },
        },
      },
      {
        test: {
          name: 'page',
          include: [kinds.page],
          exclude,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: patientPoll },
          maxWorkers: 2,
          sequence: { groupOrder: 5 },
        },
      },
      {
        test: {
          name: 'browser',
          include: [kinds.browser],
          exclude,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: patientPoll },
          // Each drives several pages with video; side by side they starve each other.
          fileParallelism: false,
          sequence: { groupOrder: 6 },
        },
      },
    ],
  },
});
