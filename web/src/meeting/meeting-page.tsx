import type { ConnectionState } from '@balai/client';
import {
  useAudioPlayback,
  useConnectionState,
  useLocalParticipant,
  useRoomInfo,
  useSpotlight,
  useTracks,
} from '@balai/client/react';
import { Settings, Volume2 } from 'lucide-react';
import { useState } from 'react';
import { useTitle } from '../app/use-title.ts';
import { BreakoutBanner } from '../breakouts/breakout-banner.tsx';
import { ChatPanel } from '../chat/chat-panel.tsx';
import { LobbyNotice } from '../lobby/lobby-notice.tsx';
import { FloatingReactions } from '../moderation/floating-reactions.tsx';
import { LockMark } from '../moderation/lock-mark.tsx';
import { ModeratorsQuestions } from '../moderation/moderators-questions.tsx';
import { PeoplePanel } from '../moderation/people-panel.tsx';
import type { DevicesStore } from '../preview/devices-store.ts';
import { Button } from '../ui/button.tsx';
import { CopyLinkButton } from '../ui/copy-link-button.tsx';
import { useFocusOnMount } from '../ui/use-focus-on-mount.ts';
import { useMediaQuery } from '../ui/use-media-query.ts';
import { ControlBar } from './control-bar.tsx';
import { Grid } from './grid.tsx';
import { useInView } from './in-view.ts';
import { LeaveDialog } from './leave-dialog.tsx';
import { useMeeting, useMeetingState } from './meeting-context.ts';
import { arrangePictures } from './pictures.ts';
import { SettingsDialog } from './settings-dialog.tsx';
import { Sounds } from './sounds.tsx';
import { besideSpotlight } from './spotlight.ts';
import { SpotlightStage } from './spotlight-stage.tsx';
import { Stage } from './stage.tsx';
import { useShortcuts, useShortcutsSetting } from './use-shortcuts.ts';
import './meeting.css';
import './pictures.css';

/** Where panels cover the pictures. The style sheets have the same width. */
const NARROW = '(max-width: 700px)';

const SCREENS = ['screen_share'] as const;

/** What is lost while the connection is made again. */
const LOST: { readonly [S in ConnectionState]?: 'signal' | 'everything' } = {
  signalReconnecting: 'signal',
  reconnecting: 'everything',
};

/** A meeting that one is in. */
export function MeetingPage({ roomId, devices }: { roomId: string; devices: DevicesStore }) {
  const meeting = useMeeting();
  const { panel, pinned } = useMeetingState();
  const { name } = useRoomInfo();
  const { canPlayAudio } = useAudioPlayback();
  const isHost = useLocalParticipant().role === 'host';
  const lost = LOST[useConnectionState()];
  const screens = useTracks(SCREENS).filter(({ isMuted }) => !isMuted);
  const sharing = new Set(screens.map(({ participant }) => participant));
  const [dialog, setDialog] = useState<'leave' | 'settings' | null>(null);
  const [hasShortcuts, setShortcuts] = useShortcutsSetting();
  const isCovered = useMediaQuery(NARROW) && panel !== null;
  const spotlight = useSpotlight();
  const order = useInView(sharing, pinned !== null || spotlight.length > 0);
  const { stage, tiles } = arrangePictures(order, sharing, pinned);
  // What somebody pinned for themselves comes before what everybody is shown.
  const isPinned = stage !== null && stage.key === pinned;
  const heading = useFocusOnMount<HTMLHeadingElement>();
  useShortcuts(meeting, hasShortcuts);
  useTitle(name);

  const closePanel = () => meeting.showPanel(null);

  return (
    <div className="meeting">
      <header className="meeting__header" inert={isCovered}>
        <h1 className="meeting__name" ref={heading} tabIndex={-1} dir="auto" title={name}>
          {name}
        </h1>
        <LockMark />
        <CopyLinkButton roomId={roomId} label="Copy invite link" />
        <Button
          look="quiet"
          size="small"
          aria-label="Settings"
          title="Settings"
          onClick={() => setDialog('settings')}
        >
          <Settings size={16} aria-hidden="true" />
        </Button>
      </header>
      <main className="meeting__pictures" inert={isCovered}>
        <BreakoutBanner />
        {spotlight.length > 0 && !isPinned ? (
          <SpotlightStage people={spotlight} tiles={besideSpotlight(stage, tiles, spotlight)} />
        ) : stage === null ? (
          <Grid tiles={tiles} />
        ) : (
          <Stage stage={stage} tiles={tiles} />
        )}
        <FloatingReactions />
        <LobbyNotice />
        <p role="status" className="meeting__lost" data-lost={lost}>
          {lost !== undefined && 'Reconnecting…'}
        </p>
        {!canPlayAudio && (
          <Button
            look="primary"
            className="meeting__hear"
            onClick={() => void meeting.startAudio()}
          >
            <Volume2 aria-hidden="true" /> Enable sound
          </Button>
        )}
      </main>
      {panel === 'participants' && <PeoplePanel roomId={roomId} onClose={closePanel} />}
      {panel === 'chat' && <ChatPanel chat={meeting.chat} onClose={closePanel} />}
      <footer className="meeting__controls" inert={isCovered}>
        <ControlBar onLeave={() => (isHost ? setDialog('leave') : meeting.close())} />
      </footer>
      <Sounds />
      <ModeratorsQuestions />
      {dialog === 'leave' && <LeaveDialog roomId={roomId} onClose={() => setDialog(null)} />}
      {dialog === 'settings' && (
        <SettingsDialog
          devices={devices}
          hasShortcuts={hasShortcuts}
          onShortcutsChange={setShortcuts}
          onClose={() => setDialog(null)}
        />
      )}
    </div>
  );
}
