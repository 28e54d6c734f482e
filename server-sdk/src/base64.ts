/** Bytes that are turned into characters at a time: calls take only so many arguments. */
const CHUNK = 8_192;

/** Bytes as Base64, with what every runtime has. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(text);
}
