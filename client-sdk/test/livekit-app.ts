/**
 * An ordinary application, written for livekit-client: moving-from-livekit.test.ts compiles it against that,
 * and then with its import alone changed. It is never run.
 */
import {
  AudioPresets,
  ConnectionQuality,
  ConnectionState,
  createLocalTracks,
  DefaultReconnectPolicy,
  isAudioTrack,
  isLocalParticipant,
  isLocalTrack,
  isRemoteTrack,
  isVideoTrack,
  type LocalParticipant,
  type LocalTrackPublication,
  type Participant,
  ParticipantEvent,
  type RemoteParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
  Room,
  RoomEvent,
  type RoomOptions,
  ScreenSharePresets,
  supportsAV1,
  supportsVP9,
  Track,
  TrackEvent,
  TrackPublication,
  VideoPreset,
  VideoPresets,
  VideoPresets43,
  VideoQuality,
} from 'livekit-client';

const options: RoomOptions = {
  adaptiveStream: true,
  dynacast: true,
  reconnectPolicy: new DefaultReconnectPolicy([0, 500, 1_000, 5_000]),
  audioCaptureDefaults: { echoCancellation: true, voiceIsolation: true, channelCount: 1 },
  videoCaptureDefaults: { resolution: VideoPresets.h720.resolution, facingMode: 'user' },
  publishDefaults: {
    videoCodec: supportsAV1() ? 'av1' : supportsVP9() ? 'vp9' : 'vp8',
    videoEncoding: VideoPresets43.h720.encoding,
    screenShareEncoding: ScreenSharePresets.h1080fps15.encoding,
    audioPreset: AudioPresets.music,
    simulcast: true,
    dtx: true,
  },
};
export const own = new VideoPreset(1280, 720, 1_500_000, 24);
export const bySize = new VideoPreset({ width: 640, height: 480, maxBitrate: 500_000 });

/** What is shown of somebody, by what it comes from. */
const tiles = new Map<string, Map<Track.Source, HTMLMediaElement>>();

function onSubscribed(
  track: RemoteTrack,
  publication: RemoteTrackPublication,
  participant: RemoteParticipant,
): void {
  const source: Track.Source = track.source;
  const kind: Track.Kind = track.kind;
  const element = track.attach();
  const shown = tiles.get(participant.identity) ?? new Map<Track.Source, HTMLMediaElement>();
  tiles.set(participant.identity, shown.set(source, element));
  if (kind === Track.Kind.Video) publication.setVideoQuality(VideoQuality.HIGH);
  if (source === Track.Source.ScreenShare) publication.setVideoFPS(15);
  publication.once(TrackEvent.Unsubscribed, () => element.remove());
  publication.on(TrackEvent.Muted, () => element.classList.add('muted'));
  publication.on(TrackEvent.Unmuted, () => element.classList.remove('muted'));
  document.body.append(element);
}

function onUnsubscribed(track: RemoteTrack): void {
  for (const element of track.detach()) element.remove();
}

function label(participant: Participant): string {
  const own = isLocalParticipant(participant) ? ' (me)' : '';
  const isLost = participant.connectionQuality === ConnectionQuality.Lost;
  const cameras = [...participant.videoTrackPublications.values()];
  const isOn = cameras.some((one) => one.source === Track.Source.Camera && !one.isMuted);
  return `${participant.name ?? participant.identity}${own}${isLost ? '?' : ''}${isOn ? '' : ' -'}`;
}

/** Everything that a call does from its beginning to its end. */
export async function meet(url: string, token: string): Promise<Room> {
  const room = new Room(options);
  const redraw = () => {
    for (const participant of [room.localParticipant, ...room.remoteParticipants.values()]) {
      console.log(label(participant), participant.audioTrackPublications.size);
    }
  };
  room
    .on(RoomEvent.TrackSubscribed, onSubscribed)
    .on(RoomEvent.TrackUnsubscribed, onUnsubscribed)
    .on(RoomEvent.ActiveSpeakersChanged, (speakers) => console.log(speakers.map(label)))
    .on(RoomEvent.ConnectionStateChanged, (state: ConnectionState) => {
      document.body.classList.toggle('lost', state === ConnectionState.Reconnecting);
    })
    .on(RoomEvent.MediaDevicesError, (error: Error) => console.warn(error.message))
    .on(RoomEvent.AudioPlaybackStatusChanged, () => {
      document.body.onclick = room.canPlaybackAudio ? null : () => void room.startAudio();
    })
    .on(RoomEvent.DataReceived, (payload, participant, _kind, topic) => {
      console.log(topic, participant?.identity, new TextDecoder().decode(payload));
    })
    .on(RoomEvent.LocalTrackPublished, (publication: LocalTrackPublication) => {
      publication.videoTrack?.attach();
    });
  room.addListener(RoomEvent.ParticipantConnected, (participant: RemoteParticipant) => {
    participant.on(ParticipantEvent.IsSpeakingChanged, redraw);
    participant.on(ParticipantEvent.TrackMuted, redraw);
    participant.on(ParticipantEvent.DataReceived, (payload) => console.log(payload.byteLength));
    participant.setVolume(0.8);
    participant.setVolume(0.3, Track.Source.ScreenShareAudio);
    redraw();
  });
  room.on(RoomEvent.ParticipantDisconnected, redraw);
  room.removeListener(RoomEvent.ParticipantDisconnected, redraw);
  const changes: RoomEvent[] = [RoomEvent.TrackMuted, RoomEvent.TrackUnmuted];
  for (const change of changes) console.log(change);

  await room.prepareConnection(url, token);
  await room.connect(url, token, { autoSubscribe: true });
  console.log(room.name, await room.getSid(), room.numParticipants);
  await room.localParticipant.enableCameraAndMicrophone();
  await present(room.localParticipant);
  return room;
}

async function present(me: LocalParticipant): Promise<void> {
  const publication = await me.setScreenShareEnabled(true, {
    audio: true,
    resolution: ScreenSharePresets.h1080fps30.resolution,
    preferCurrentTab: true,
    suppressLocalAudioPlayback: true,
    video: { displaySurface: 'browser' },
  });
  publication?.on(TrackEvent.Ended, () => void me.setScreenShareEnabled(false));
  const tracks = await createLocalTracks({ audio: { sampleRate: 48_000 }, video: false });
  for (const track of await me.createTracks({ audio: true })) tracks.push(track);
  for (const track of tracks) {
    if (isLocalTrack(track) && isAudioTrack(track)) await (await track.mute()).unmute();
    if (isVideoTrack(track)) console.log(isRemoteTrack(track), await track.setDeviceId('other'));
  }
  await me.unpublishTracks(tracks);
  await me.publishData(new TextEncoder().encode('hello'), { reliable: true, topic: 'greeting' });
  await me.sendText('hello', { topic: 'notes' });
  await me.sendBytes(new Uint8Array(16), { name: 'bytes', topic: 'files' });
  me.registerRpcMethod('ping', async ({ payload }) => payload);
  const answer = await me.performRpc({ destinationIdentity: 'ann', method: 'ping', payload: '1' });
  console.log(
    answer,
    me.getTrackPublicationByName('slides')?.trackSid,
    me.lastCameraError?.message,
  );
}

/** Another camera, where it can be had. */
export async function turnRound(room: Room): Promise<boolean> {
  const [, other] = await Room.getLocalDevices('videoinput');
  const microphone = room.localParticipant.getTrackPublication(Track.Source.Microphone);
  console.log(microphone?.isMuted, await microphone?.audioTrack?.getDeviceId());
  return (
    other !== undefined && (await room.switchActiveDevice('videoinput', other.deviceId, false))
  );
}

/** Leaves nothing behind. */
export async function hangUp(room: Room): Promise<void> {
  for (const participant of room.remoteParticipants.values()) {
    participant.trackPublications.forEach((publication: RemoteTrackPublication) => {
      const isDue: boolean =
        publication.subscriptionStatus === TrackPublication.SubscriptionStatus.Desired;
      if (isDue) publication.setSubscribed(false);
    });
    participant.removeAllListeners();
  }
  room.removeAllListeners(RoomEvent.TrackSubscribed);
  await room.disconnect();
}
