import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = join(dirname(createRequire(import.meta.url).resolve('livekit-client')), 'src');

/** Where livekit-client declares what has members of its own that an application uses. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  'room/Room.d.ts': ['Room'],
  'room/participant/Participant.d.ts': ['Participant'],
  'room/participant/LocalParticipant.d.ts': ['LocalParticipant'],
  'room/participant/RemoteParticipant.d.ts': ['RemoteParticipant'],
  'room/track/Track.d.ts': ['Track'],
  'room/track/LocalTrack.d.ts': ['LocalTrack'],
  'room/track/LocalAudioTrack.d.ts': ['LocalAudioTrack'],
  'room/track/LocalVideoTrack.d.ts': ['LocalVideoTrack'],
  'room/track/RemoteTrack.d.ts': ['RemoteTrack'],
  'room/track/RemoteAudioTrack.d.ts': ['RemoteAudioTrack'],
  'room/track/RemoteVideoTrack.d.ts': ['RemoteVideoTrack'],
  'room/track/TrackPublication.d.ts': ['TrackPublication'],
  'room/track/LocalTrackPublication.d.ts': ['LocalTrackPublication'],
  'room/track/RemoteTrackPublication.d.ts': ['RemoteTrackPublication'],
  'room/events.d.ts': ['RoomEvent', 'ParticipantEvent', 'TrackEvent'],
  'room/track/options.d.ts': [
    'TrackPublishDefaults',
    'TrackPublishOptions',
    'CreateLocalTracksOptions',
    'VideoCaptureOptions',
    'ScreenShareCaptureOptions',
    'AudioCaptureOptions',
    'VideoResolution',
    'VideoEncoding',
  ],
  'options.d.ts': ['InternalRoomOptions', 'InternalRoomConnectOptions'],
};

/** Members of livekit-client's public classes, events and options, as `Owner.member`. */
export function livekitMembers(): string[] {
  return Object.entries(OWNERS).flatMap(([file, owners]) => {
    const text = read(file);
    return owners.flatMap((owner) =>
      membersOf(text, owner).map((member) => `${owner.replace('Internal', '')}.${member}`),
    );
  });
}

/** Everything that livekit-client exports, types included. */
export function livekitExports(file = 'index.d.ts'): string[] {
  const text = read(file).replaceAll(/\/\*.*?\*\//gs, '');
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = '']) =>
    list.split(',').map((name) =>
      name
        .trim()
        .replace(/^type /, '')
        .replace(/^.* as /, ''),
    ),
  );
  const declared = [
    ...text.matchAll(
      /^export (?:declare )?(?:abstract )?(?:class|function|const|enum|namespace|interface|type) (\w+)/gm,
    ),
  ].map(([, name = '']) => name);
  const stars = [...text.matchAll(/^export (?:type )?\* from '\.\/(.*)'/gm)].flatMap(
    ([, path = '']) => livekitExports(resolveModule(file, path)),
  );
  return [...new Set([...lists, ...declared, ...stars])].filter(
    (name) => name !== '' && name !== 'default',
  );
}

function membersOf(text: string, owner: string): string[] {
  const pattern = new RegExp(`(?:class|enum|interface) ${owner}\\b[^\\n]*\\{\\n(.*?)\\n\\}`, 's');
  const body = pattern.exec(text)?.[1];
  if (body === undefined) throw new Error(`livekit-client has no ${owner} where it was`);
  const names = new Set<string>();
  // A member stands at the first level, perhaps after a comment of its own.
  const members = /(?<doc> {4}\/\*\*(?:(?!\*\/).)*\*\/\n)?^ {4}(?<line>[A-Za-z_][^\n]*)$/gms;
  for (const { groups } of body.matchAll(members)) {
    const { doc = '', line = '' } = groups ?? {};
    if (doc.includes('@internal') || /^(private|protected|constructor)\b/.test(line)) continue;
    const name = /^(?:(?:readonly|static|get|set|abstract) )*(\w+)(?:[?!]?[:(<]| =|,|$)/.exec(
      line,
    )?.[1];
    if (name) names.add(name);
  }
  return [...names];
}

function resolveModule(from: string, path: string): string {
  const file = join(dirname(from), `${path}.d.ts`);
  try {
    read(file);
    return file;
  } catch {
    // A folder with an index.
    return join(dirname(from), path, 'index.d.ts');
  }
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
