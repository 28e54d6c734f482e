import { expect, test } from 'vitest';
import { addTallies, tallyLine, tallyReport, type VitestReport } from './tally.ts';

const good: VitestReport = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ status: 'passed', assertionResults: [{ status: 'passed' }] }],
};

test.each<[string, VitestReport | undefined, boolean, string]>([
  ['all passed', good, true, '3 passed, 0 failed'],
  ['one failed', { ...good, numFailedTests: 1 }, false, '3 passed, 1 failed'],
  ['skipped ones are told', { ...good, numPendingTests: 2 }, true, '3 passed, 0 failed, 2 skipped'],
  [
    'a file that does not load counts as one failure',
    { ...good, testResults: [...good.testResults, { status: 'failed', assertionResults: [] }] },
    false,
    '3 passed, 1 failed',
  ],
  ['an unhandled rejection counts as one failure', good, false, '3 passed, 1 failed'],
  ['a run without a report is a failure', undefined, false, '0 passed, 1 failed'],
])('%s', (_case, report, exitedWell, line) => {
  expect(tallyLine(tallyReport(report, exitedWell))).toBe(line);
});

test('what was skipped because the machine lacks something is told, with what it lacks', () => {
  const assertionResults = [
    { status: 'passed', fullName: 'runs here' },
    { status: 'skipped', fullName: 'was not asked for' },
    { status: 'skipped', fullName: 'cuts a network', meta: { missing: 'root' } },
    { status: 'pending', fullName: 'cuts it again', meta: { missing: 'root' } },
  ];
  const testResults = [{ status: 'passed', name: '/x/cut.test.ts', assertionResults }];
  const tally = tallyReport({ ...good, testResults }, true);
  expect(addTallies(tally, tally).missing?.slice(0, 3)).toEqual([
    'NOT TESTED (2 skipped), for want of root:',
    '    cut.test.ts: cuts a network',
    '    cut.test.ts: cuts it again',
  ]);
});
