/** Adds a track to what an element plays. One of each kind fits; an older one of the same kind gives way. */
export function attachToElement(track: MediaStreamTrack, element: HTMLMediaElement): void {
  const stream = element.srcObject instanceof MediaStream ? element.srcObject : new MediaStream();
  const others = tracksOfKind(stream, track.kind).filter((other) => other !== track);
  // First what comes, then what goes: an element with nothing to play forgets its picture.
  if (!stream.getTracks().includes(track)) stream.addTrack(track);
  for (const other of others) stream.removeTrack(other);
  element.autoplay = true;
  if (element instanceof HTMLVideoElement) element.playsInline = true;
  if (element.srcObject !== stream) element.srcObject = stream;
}

/** Takes a track out of what an element plays. The element is left empty rather than frozen. */
export function detachFromElement(track: MediaStreamTrack, element: HTMLMediaElement): void {
  if (!(element.srcObject instanceof MediaStream)) return;
  const stream = element.srcObject;
  stream.removeTrack(track);
  if (stream.getTracks().length === 0) element.srcObject = null;
}

function tracksOfKind(stream: MediaStream, kind: string): MediaStreamTrack[] {
  return kind === 'audio' ? stream.getAudioTracks() : stream.getVideoTracks();
}
