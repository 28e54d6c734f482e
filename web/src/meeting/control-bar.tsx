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
import { HandControl } from '../moderation/hand-control.tsx';
import { ReactionsControl } from '../moderation/reactions-control.tsx';
import { Button } from '../ui/button.tsx';
import { Control } from './control.tsx';
import { useMeeting, useMeetingState } from './meeting-context.ts';
import type { Panel } from './meeting-store.ts';

const canShareScreen = 'getDisplayMedia' in (navigator.mediaDevices ?? {});

const ALL_SOURCES = { microphone: true, camera: true, screen_share: true };

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
  // On the way back after a loss the grants are not known, and the buttons stay.
  const may = grants?.publish ?? ALL_SOURCES;

  return (
    <fieldset className="controls" aria-label="Meeting controls">
      {may.microphone && (
        <Control
          name={isMicrophoneOn ? 'Mute microphone' : 'Unmute microphone'}
          look={isMicrophoneOn ? 'plain' : 'off'}
          isDisabled={busy.has('microphone')}
          onPress={() => void meeting.toggleMicrophone()}
        >
          {isMicrophoneOn ? <Mic /> : <MicOff />}
        </Control>
      )}
      {may.camera && (
        <Control
          name={isCameraOn ? 'Turn camera off' : 'Turn camera on'}
          look={isCameraOn ? 'plain' : 'off'}
          isDisabled={busy.has('camera')}
          onPress={() => void meeting.toggleCamera()}
        >
          {isCameraOn ? <VideoIcon /> : <VideoOff />}
        </Control>
      )}
      {canShareScreen && may.screen_share && (
        <Control
          name={isSharing ? 'Stop sharing' : 'Share screen'}
          look={isSharing ? 'active' : 'plain'}
          isDisabled={busy.has('screen')}
          onPress={() => void meeting.toggleScreenShare()}
        >
          {isSharing ? <MonitorX /> : <MonitorUp />}
        </Control>
      )}
      <HandControl />
      <ReactionsControl />
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
