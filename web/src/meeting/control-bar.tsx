import { useLocalParticipant, useParticipants } from '@balai/client/react';
import {
  MessageSquare,
  Mic,
  MicOff,
  MonitorUp,
  MonitorX,
  PhoneOff,
  Users,
  Video as VideoIcon,
  VideoOff,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { useStore } from '../app/store.ts';
import { Button } from '../ui/button.tsx';
import { useMeeting, useMeetingState } from './meeting-context.ts';
import type { Panel } from './meeting-store.ts';

const canShareScreen = 'getDisplayMedia' in (navigator.mediaDevices ?? {});

/** The buttons under the pictures. */
export function ControlBar({ onLeave }: { onLeave: () => void }) {
  const meeting = useMeeting();
  const { busy } = useMeetingState();
  const { length: headcount } = useParticipants();
  const {
    grants,
    isMicrophoneEnabled: isMicrophoneOn,
    isCameraEnabled: isCameraOn,
    isScreenShareEnabled: isSharing,
  } = useLocalParticipant();

  return (
    <fieldset className="controls" aria-label="Meeting controls">
      <Control
        name={isMicrophoneOn ? 'Mute microphone' : 'Unmute microphone'}
        look={isMicrophoneOn ? 'plain' : 'off'}
        isDisabled={!grants?.publish.microphone || busy.has('microphone')}
        onPress={() => void meeting.toggleMicrophone()}
      >
        {isMicrophoneOn ? <Mic /> : <MicOff />}
      </Control>
      <Control
        name={isCameraOn ? 'Turn camera off' : 'Turn camera on'}
        look={isCameraOn ? 'plain' : 'off'}
        isDisabled={!grants?.publish.camera || busy.has('camera')}
        onPress={() => void meeting.toggleCamera()}
      >
        {isCameraOn ? <VideoIcon /> : <VideoOff />}
      </Control>
      {canShareScreen && (
        <Control
          name={isSharing ? 'Stop sharing' : 'Share screen'}
          look={isSharing ? 'active' : 'plain'}
          isDisabled={!grants?.publish.screen_share || busy.has('screen')}
          onPress={() => void meeting.toggleScreenShare()}
        >
          {isSharing ? <MonitorX /> : <MonitorUp />}
        </Control>
      )}
      <PanelControl
        panel="participants"
        name="Participants"
        count={headcount}
        description={`${headcount} in the meeting`}
      >
        <Users />
      </PanelControl>
      <ChatControl />
      <Control name="Leave" look="leave" onPress={onLeave}>
        <PhoneOff />
      </Control>
    </fieldset>
  );
}

function ChatControl() {
  const { unread } = useStore(useMeeting().chat.state);
  return (
    <PanelControl
      panel="chat"
      name="Chat"
      count={unread}
      description={unread === 0 ? '' : `${unread} unread`}
    >
      <MessageSquare />
    </PanelControl>
  );
}

interface PanelControlProps {
  readonly panel: Panel;
  readonly name: string;
  readonly count: number;
  /** Empty where there is nothing to say. */
  readonly description: string;
  readonly children: ReactNode;
}

function PanelControl({ panel, name, count, description, children }: PanelControlProps) {
  const meeting = useMeeting();
  const isOpen = useMeetingState().panel === panel;
  return (
    <Button
      size="icon"
      id={`${panel}-toggle`}
      className={isOpen ? 'control control--active' : 'control'}
      aria-label={name}
      title={name}
      aria-expanded={isOpen}
      {...(description ? { 'aria-description': description } : {})}
      onClick={() => meeting.togglePanel(panel)}
    >
      {children}
      {count > 0 && (
        // The number is drawn by the style sheet: as text it would be part of the button's name.
        <span
          className={panel === 'chat' ? 'control__count control__count--unread' : 'control__count'}
          data-count={count > 99 ? '99+' : count}
        />
      )}
    </Button>
  );
}

interface ControlProps {
  readonly name: string;
  readonly look: 'plain' | 'off' | 'active' | 'leave';
  readonly isDisabled?: boolean;
  readonly onPress: () => void;
  readonly children: ReactNode;
}

function Control({ name, look, isDisabled, onPress, children }: ControlProps) {
  return (
    <Button
      size="icon"
      className={look === 'plain' ? 'control' : `control control--${look}`}
      aria-label={name}
      title={name}
      // Not `disabled`: that would drop the focus while a device opens.
      aria-disabled={isDisabled}
      onClick={() => {
        if (!isDisabled) onPress();
      }}
    >
      {children}
    </Button>
  );
}
