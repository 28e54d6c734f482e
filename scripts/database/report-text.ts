import type { DatabaseReport, ReportRow, ReportSection } from './report.ts';

const MAX_CELL = 100;

/** The report for people. */
export function reportText(report: DatabaseReport): string {
  const since = report.countedSince ?? 'the cluster was made';
  const head = `${report.database} on PostgreSQL ${report.server}; activity since ${since}`;
  return `${[head, ...Object.values(report.sections).map(sectionText)].join('\n\n')}\n`;
}

function sectionText({ title, rows, note }: ReportSection): string {
  const body = rows.length === 0 ? ['  none'] : tableLines(rows);
  return [title, `  ${note}`, ...body].join('\n');
}

function tableLines(rows: readonly ReportRow[]): string[] {
  const names = Object.keys(rows[0] ?? {}).filter((name) => name !== 'bytes');
  const cells = [names, ...rows.map((row) => names.map((name) => cellText(row[name] ?? null)))];
  const widths = names.map((_name, column) =>
    Math.max(...cells.map((line) => line[column]?.length ?? 0)),
  );
  const isNumber = names.map((name) => rows.every((row) => typeof row[name] === 'number'));
  return cells.map((line) => {
    const padded = line.map((cell, column) => {
      const width = widths[column] ?? 0;
      return isNumber[column] ? cell.padStart(width) : cell.padEnd(width);
    });
    return `  ${padded.join('  ')}`.trimEnd();
  });
}

/** One line, whatever is in it: statements have many, and could move the cursor. */
function cellText(value: ReportRow[string]): string {
  const text = String(value ?? '')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1)}…` : text;
}
