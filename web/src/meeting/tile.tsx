import { MicOff, SignalLow } from 'lucide-react';
import { type CSSProperties, memo } from 'react';
import { Video } from '../ui/video.tsx';
import { ConnectionBars } from './connection-bars.tsx';
import { hueOf, initialsOf, type Person } from './people.ts';

/*
 * What browser tests find the meeting's parts by:
 *   a tile          [data-testid="tile"][data-identity="…"][data-source="camera|screen_share"],
 *                   with data-local on one's own, data-muted while the microphone is off,
 *                   data-speaking while they speak, and data-paused while the server withholds the
 *                   picture, and data-quality="excellent|good|poor|lost" once it is known
 *   its picture     `video` inside the tile; none while the camera is off
 *   its sound       audio[data-identity="…"][data-source="microphone|screen_share_audio"], outside
 *   the rest        by role and name: "Mute microphone" / "Unmute microphone", "Turn camera off" /
 *                   "Turn camera on", "Share screen" / "Stop sharing", "Participants", "Chat",
 *                   "Leave" (a host then chooses "Leave meeting" or "End for all")
 *   what went wrong [data-code="<error code or disconnect reason>"]
 */

const PAUSED = 'Picture paused: the connection is too slow for it, or others are shown first';

interface TileProps {
  readonly person: Person;
  readonly source: 'camera' | 'screen_share';
}

/** One picture with the name of whom it shows; their initials while there is no picture. */
export const Tile = memo(function Tile({ person, source }: TileProps) {
  const isScreen = source === 'screen_share';
  const picture = isScreen ? person.screen : person.camera;
  const isPaused = isScreen ? person.isScreenPaused : person.isCameraPaused;
  const isMuted = !isScreen && !person.isMicrophoneOn;
  const isSpeaking = !isScreen && person.isSpeaking;
  const classes = [
    'tile',
    isScreen && 'tile--screen',
    person.isLocal && !isScreen && 'tile--mirror',
    isPaused && 'tile--paused',
    isSpeaking && 'tile--speaking',
  ];
  return (
    <div
      className={classes.filter(Boolean).join(' ')}
      data-testid="tile"
      data-identity={person.identity}
      data-source={source}
      data-local={person.isLocal || undefined}
      data-muted={isMuted || undefined}
      data-speaking={isSpeaking || undefined}
      data-paused={isPaused || undefined}
      data-quality={isScreen || person.quality === 'unknown' ? undefined : person.quality}
    >
      {picture !== null && (
        // Stays while it is paused: what is on screen is what the server is asked for.
        <Video track={picture} label={labelOf(person, isScreen)} className="tile__video" />
      )}
      {(picture === null || (isPaused && !isScreen)) && <Initials person={person} />}
      {isPaused && (
        <span className="tile__paused" title={PAUSED}>
          <SignalLow size={18} aria-hidden="true" />
          <span className="visually-hidden">{PAUSED}</span>
        </span>
      )}
      <div className="tile__label">
        {isMuted && (
          <span className="tile__muted">
            <MicOff size={15} aria-hidden="true" />
            <span className="visually-hidden">Microphone off:</span>
          </span>
        )}
        <span className="tile__name" dir="auto" title={person.name}>
          {person.name}
        </span>
        {!isScreen && <ConnectionBars quality={person.quality} />}
        {(person.isLocal || isScreen) && (
          <span className="tile__note">{noteOf(person.isLocal, isScreen)}</span>
        )}
      </div>
    </div>
  );
});

function labelOf(person: Person, isScreen: boolean): string {
  return isScreen ? `Screen of ${person.name}` : `Camera of ${person.name}`;
}

function noteOf(isLocal: boolean, isScreen: boolean): string {
  if (!isScreen) return '(you)';
  return isLocal ? '(your screen)' : '(screen)';
}

function Initials({ person }: { person: Person }) {
  return (
    <span
      className="tile__initials"
      style={{ '--hue': hueOf(person.identity) } as CSSProperties}
      aria-hidden="true"
    >
      {initialsOf(person.name)}
    </span>
  );
}
