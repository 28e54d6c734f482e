import type { Participant } from '@balai/client';
import { useConnectionQuality, useRaisedHands, useSpeaking, useTrack } from '@balai/client/react';
import { Hand, MicOff, Pin, PinOff, SignalLow } from 'lucide-react';
import { type CSSProperties, memo } from 'react';
import { flushSync } from 'react-dom';
import { Video } from '../ui/video.tsx';
import { ConnectionBars } from './connection-bars.tsx';
import { useMeeting, useMeetingState } from './meeting-context.ts';
import { hueOf, initialsOf } from './people.ts';
import { keyOf } from './pictures.ts';

/*
 * What browser tests find the meeting's parts by:
 *   a tile          [data-testid="tile"][data-identity="…"][data-source="camera|screen_share"],
 *                   with data-local on one's own, data-muted while the microphone is off,
 *                   data-speaking while they speak, and data-paused while the server withholds the
 *                   picture, and data-quality="excellent|good|poor|lost" once it is known
 *   its picture     `video` inside the tile; none while the camera is off
 *   pinning it      `button[aria-pressed]` inside the tile: "Pin Ada", "Pin screen of Ada"
 *   its sound       audio[data-identity="…"][data-source="microphone|screen_share_audio"], outside
 *   the rest        by role and name: "Mute microphone" / "Unmute microphone", "Turn camera off" /
 *                   "Turn camera on", "Share screen" / "Stop sharing", "Participants", "Chat",
 *                   "Leave" (a host then chooses "Leave meeting" or "End for all")
 *   what went wrong [data-code="<error code or disconnect reason>"]
 */

const PAUSED = 'Picture paused: the connection is too slow for it, or others are shown first';

interface TileProps {
  readonly participant: Participant;
  readonly source: 'camera' | 'screen_share';
}

/** One picture with the name of whom it shows; their initials while there is no picture. */
export const Tile = memo(function Tile({ participant, source }: TileProps) {
  const { identity, name, isLocal } = participant;
  const picture = useTrack(participant, source);
  const microphone = useTrack(participant, 'microphone');
  const isScreen = source === 'screen_share';
  const track = picture?.isMuted === false ? picture.track : undefined;
  const isPaused = picture?.streamState === 'paused';
  const isMuted = !isScreen && microphone?.isMuted !== false;
  const isSpeaking = useSpeaking(participant) && !isScreen;
  const quality = useConnectionQuality(participant);
  const isHandRaised = useRaisedHands().includes(participant) && !isScreen;
  const classes = [
    'tile',
    isScreen && 'tile--screen',
    isLocal && !isScreen && 'tile--mirror',
    isPaused && 'tile--paused',
    isSpeaking && 'tile--speaking',
  ];
  return (
    <div
      className={classes.filter(Boolean).join(' ')}
      data-testid="tile"
      data-identity={identity}
      data-source={source}
      data-local={isLocal || undefined}
      data-muted={isMuted || undefined}
      data-speaking={isSpeaking || undefined}
      data-paused={isPaused || undefined}
      data-quality={isScreen || quality === 'unknown' ? undefined : quality}
    >
      {track !== undefined && (
        // Stays while it is paused: what is on screen is what the server is asked for.
        <Video
          track={track}
          label={isScreen ? `Screen of ${name}` : `Camera of ${name}`}
          className="tile__video"
        />
      )}
      {(track === undefined || (isPaused && !isScreen)) && (
        <Initials identity={identity} name={name} />
      )}
      <PinButton participant={participant} source={source} />
      {isPaused && (
        <span className="tile__paused" title={PAUSED}>
          <SignalLow size={18} aria-hidden="true" />
          <span className="visually-hidden">{PAUSED}</span>
        </span>
      )}
      <div className="tile__label">
        {isHandRaised && (
          <span className="tile__hand" title="Hand raised">
            <Hand size={15} aria-hidden="true" />
            <span className="visually-hidden">Hand raised:</span>
          </span>
        )}
        {isMuted && (
          <span className="tile__muted">
            <MicOff size={15} aria-hidden="true" />
            <span className="visually-hidden">Microphone off:</span>
          </span>
        )}
        <span className="tile__name" dir="auto" title={name}>
          {name}
        </span>
        {!isScreen && <ConnectionBars quality={quality} />}
        {(isLocal || isScreen) && <span className="tile__note">{noteOf(isLocal, isScreen)}</span>}
      </div>
    </div>
  );
});

/** Shows the picture large, before all others; a second time no longer. */
function PinButton({ participant, source }: TileProps) {
  const meeting = useMeeting();
  const key = keyOf(participant, source);
  const isPinned = useMeetingState().pinned === key;
  const name =
    source === 'screen_share' ? `Pin screen of ${participant.name}` : `Pin ${participant.name}`;
  return (
    <button
      type="button"
      className="tile__pin"
      aria-label={name}
      aria-pressed={isPinned}
      title={isPinned ? 'Pinned: shown large, before all others' : name}
      data-pin={key}
      onClick={() => {
        // The picture moves to another place, and takes the focus along.
        flushSync(() => meeting.togglePin(key));
        document.querySelector<HTMLElement>(`[data-pin="${CSS.escape(key)}"]`)?.focus();
      }}
    >
      {isPinned ? <PinOff aria-hidden="true" /> : <Pin aria-hidden="true" />}
    </button>
  );
}

function noteOf(isLocal: boolean, isScreen: boolean): string {
  if (!isScreen) return '(you)';
  return isLocal ? '(your screen)' : '(screen)';
}

function Initials({ identity, name }: { identity: string; name: string }) {
  return (
    <span
      className="tile__initials"
      style={{ '--hue': hueOf(identity) } as CSSProperties}
      aria-hidden="true"
    >
      {initialsOf(name)}
    </span>
  );
}
