import { RoomProvider } from '@balai/client/react';
import { DoorClosed, DoorOpen } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useAccount, useAccountState } from '../app/app-context.tsx';
import { textOfFailure } from '../app/failure-texts.ts';
import { Link } from '../app/link.tsx';
import { useStore } from '../app/store.ts';
import { PreviewPage } from '../preview/preview-page.tsx';
import { Button } from '../ui/button.tsx';
import { MessagePage, WaitingPage } from '../ui/message-page.tsx';
import { NoticesView } from '../ui/notices-view.tsx';
import { LEAVING_TEXTS } from './leaving-texts.ts';
import { MeetingContext } from './meeting-context.ts';
import { MeetingPage } from './meeting-page.tsx';
import { StayStore } from './stay-store.ts';

/** The refusals that trying again does not change. */
const FINAL: ReadonlySet<string> = new Set(['room_ended', 'room_not_found', 'banned']);

/** What a room's link opens: the preview, then the meeting, then the way out. */
export function RoomPage({ roomId }: { roomId: string }) {
  const account = useAccount();
  const [stay] = useState(() => new StayStore(account, roomId));
  const isRestoring = useAccountState().status === 'restoring';
  useEffect(() => {
    if (isRestoring) return;
    void stay.open();
    return () => stay.close();
  }, [stay, isRestoring]);

  return (
    <>
      <StayPhase stay={stay} roomId={roomId} />
      <NoticesView notices={stay.notices} />
    </>
  );
}

function StayPhase({ stay, roomId }: { stay: StayStore; roomId: string }) {
  const state = useStore(stay.state);
  switch (state.phase) {
    case 'loading':
      return <WaitingPage text="Looking for the room…" />;
    case 'preview':
      return (
        <PreviewPage
          room={state.room}
          devices={stay.devices}
          isJoining={state.isJoining}
          isWaiting={state.isWaiting}
          failure={state.failure}
          initialName={stay.entry.name ?? ''}
          initialPassword={stay.entry.password ?? ''}
          initialTcpOnly={stay.entry.isTcpOnly}
          onJoin={(entry) => void stay.join(entry)}
          onLeaveLobby={() => stay.leaveLobby()}
        />
      );
    case 'meeting':
      return (
        <RoomProvider room={state.meeting.room}>
          <MeetingContext value={state.meeting}>
            <MeetingPage roomId={roomId} devices={stay.devices} />
          </MeetingContext>
        </RoomProvider>
      );
    case 'refused': {
      const { title, text } = textOfFailure(state.failure);
      const isFinal = FINAL.has(state.failure.code);
      return (
        <MessagePage
          code={state.failure.code}
          icon={<DoorClosed size={32} />}
          title={title}
          text={text}
        >
          {!isFinal && (
            <Button look="primary" onClick={() => void stay.open()}>
              Try again
            </Button>
          )}
          <Link to="/" className="button button--quiet">
            Go to the start page
          </Link>
        </MessagePage>
      );
    }
    case 'left': {
      const { title, text, canRejoin } = LEAVING_TEXTS[state.reason];
      return (
        <MessagePage code={state.reason} icon={<DoorOpen size={32} />} title={title} text={text}>
          {canRejoin && (
            <Button look="primary" onClick={() => void stay.open()}>
              Rejoin
            </Button>
          )}
          <Link to="/" className="button button--quiet">
            Go to the start page
          </Link>
        </MessagePage>
      );
    }
  }
}
