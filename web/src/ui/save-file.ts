/** By then the browser has taken the file over. */
const REVOKE_AFTER_MS = 60_000;

/** Has the browser save a file, as if it was downloaded; it is never shown as a page of ours. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS);
}
