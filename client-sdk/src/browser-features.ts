/** Whether this browser sends VP9. One that does not sends another codec by itself. */
export function supportsVP9(): boolean {
  return sends('video/vp9');
}

/** Whether this browser sends AV1. One that does not sends another codec by itself. */
export function supportsAV1(): boolean {
  return sends('video/av1');
}

/** Whether the room can see in this browser what is on the screen. */
export function supportsAdaptiveStream(): boolean {
  return typeof ResizeObserver === 'function' && typeof IntersectionObserver === 'function';
}

/** Whether this browser can cease to encode what nobody receives. */
export function supportsDynacast(): boolean {
  return typeof RTCRtpSender === 'function' && 'setParameters' in RTCRtpSender.prototype;
}

/** Whether a speaker can be chosen in this browser. */
export function supportsAudioOutputSelection(): boolean {
  return typeof HTMLMediaElement === 'function' && 'setSinkId' in HTMLMediaElement.prototype;
}

function sends(mimeType: string): boolean {
  if (typeof RTCRtpSender !== 'function') return false;
  const codecs = RTCRtpSender.getCapabilities?.('video')?.codecs ?? [];
  return codecs.some((codec) => codec.mimeType.toLowerCase() === mimeType);
}
