/**
 * Says on the console what went wrong where no caller waits for it: a listener
 * that threw, or work that began by itself and failed.
 */
export function reportFault(context: string, error: unknown): void {
  console.warn(`[balai] ${context}`, error);
}
