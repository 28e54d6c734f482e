import { reportFault } from '../report-fault.ts';

/** Calls an application's handler, now; what goes wrong in it goes to the console. */
export function handOver(topic: string, handle: () => void | Promise<void>): void {
  const handled = (async () => handle())();
  handled.catch((error: unknown) => reportFault(`the handler of "${topic}" failed`, error));
}
