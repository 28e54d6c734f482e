import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const GENERATED = ['node_modules', 'dist', '.data', '.git', '.ci'];

/** A line that imports or re-exports, types included; or an import in an expression. */
const IMPORT =
  /^\s*(?:import|export)\s(?:[^'";]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

/** One TypeScript or JavaScript file of the repository. */
export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
  /** What it imports: files of the repository by path, packages by name. */
  readonly imports: readonly string[];
}

/** Every source file that people wrote. */
export function readSourceFiles(): readonly SourceFile[] {
  return globSync('**/*.{ts,tsx,mts,mjs,js}', {
    cwd: root,
    exclude: (name) => GENERATED.includes(name.split('/').at(-1) ?? name),
  })
    .filter((path) => !path.split('/').some((part) => GENERATED.includes(part)))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return { path, text, imports: findImports(path, text) };
    });
}

/** What a text in this place imports. Relative names become paths from the root. */
export function findImports(path: string, text: string): readonly string[] {
  return [...text.matchAll(IMPORT)].map(([, statement, expression]) => {
    const name = statement ?? expression ?? '';
    return name.startsWith('.') ? relative(root, resolve(root, dirname(path), name)) : name;
  });
}
