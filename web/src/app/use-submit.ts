import { type FormEvent, useState } from 'react';
import { type Failure, toFailure } from './failure.ts';

/** How far a form's work has come. */
export interface Submission {
  readonly isBusy: boolean;
  readonly failure: Failure | null;
  readonly submit: (event: FormEvent<HTMLFormElement>) => void;
}

/** Runs a form's work once at a time, and keeps the failure that it ended with. */
export function useSubmit(work: (form: FormData) => Promise<unknown>): Submission {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);

  async function run(form: FormData) {
    setBusy(true);
    setFailure(null);
    try {
      await work(form);
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setBusy(false);
    }
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (!isBusy) void run(new FormData(event.currentTarget));
  }

  return { isBusy, failure, submit };
}

/** What was entered under a name. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
