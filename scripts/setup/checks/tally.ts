import { basename } from 'node:path';

/** How many checks passed and failed. */
export type Tally = {
  passed: number;
  failed: number;
  skipped: number;
  /** What the machine lacks, and which tests were skipped for it, as lines to print. */
  missing?: readonly string[];
};

/** The sum of both. */
export function addTallies(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    missing: [...(a.missing ?? []), ...(b.missing ?? [])],
  };
}

/** "12 passed, 0 failed", and what was skipped where something was. */
export function tallyLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** The part of vitest's JSON report that is counted. */
export type VitestReport = {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: {
    status: string;
    /** Of the file. */
    name?: string;
    assertionResults: {
      status: string;
      fullName?: string;
      /** What the machine lacks, where a test was skipped for that. */
      meta?: { missing?: string };
    }[];
  }[];
};

/**
 * Counts a report. A file that failed outside of its tests (it does not load, a
 * hook throws) has no failed test in the report and counts as one; so does a run
 * that ended badly for another reason, such as an unhandled rejection.
 */
export function tallyReport(report: VitestReport | undefined, exitedWell: boolean): Tally {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !exitedWell ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    missing: missingLines(report),
  };
}

/**
 * What is not tested because the machine lacks something: a line that names each
 * thing, followed by the tests. Tests that were not asked for are not among them.
 */
function missingLines(report: VitestReport): string[] {
  const skipped = new Map<string, string[]>();
  for (const { name = '', assertionResults } of report.testResults) {
    for (const { status, fullName = '', meta } of assertionResults) {
      if (meta?.missing === undefined || status === 'passed') continue;
      const tests = skipped.get(meta.missing) ?? [];
      skipped.set(meta.missing, [...tests, `    ${basename(name)}: ${fullName}`]);
    }
  }
  return [...skipped].flatMap(([missing, tests]) => [
    `NOT TESTED (${tests.length} skipped), for want of ${missing}:`,
    ...tests,
  ]);
}
