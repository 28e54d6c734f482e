import { Mic, MicOff, Video as VideoIcon, VideoOff } from 'lucide-react';
import type { Failure } from '../app/failure.ts';
import { Link } from '../app/link.tsx';
import { useStore } from '../app/store.ts';
import { useTitle } from '../app/use-title.ts';
import { LobbyWait } from '../lobby/lobby-wait.tsx';
import type { RoomSummary } from '../rooms/room-summary.ts';
import { Button } from '../ui/button.tsx';
import { Logo } from '../ui/logo.tsx';
import { useFocusOnMount } from '../ui/use-focus-on-mount.ts';
import { Video } from '../ui/video.tsx';
import { type DeviceProblem, deviceProblems, textOfDeviceProblem } from './device-problem.ts';
import { DeviceSelects } from './device-selects.tsx';
import type { Capture, DevicesStore } from './devices-store.ts';
import { type JoinEntry, JoinForm } from './join-form.tsx';
import { LevelMeter } from './level-meter.tsx';
import './preview.css';

interface PreviewPageProps {
  readonly room: RoomSummary;
  readonly devices: DevicesStore;
  readonly isJoining: boolean;
  /** Whether one stands in the lobby. */
  readonly isWaiting: boolean;
  readonly failure: Failure | null;
  readonly initialName: string;
  readonly initialPassword: string;
  readonly initialTcpOnly: boolean;
  readonly onJoin: (entry: JoinEntry) => void;
  readonly onLeaveLobby: () => void;
}

/** What a person sees before joining: themselves, their devices, and how to get in. */
export function PreviewPage(props: PreviewPageProps) {
  const { room, devices } = props;
  const { camera, microphone, available, choices } = useStore(devices.state);
  const heading = useFocusOnMount<HTMLHeadingElement>();
  useTitle(room.name);

  const cameraTrack = camera.status === 'on' ? camera.track : null;
  const microphoneTrack = microphone.status === 'on' ? microphone.track : null;
  const current = {
    ...choices,
    ...deviceOf('videoinput', cameraTrack?.deviceId),
    ...deviceOf('audioinput', microphoneTrack?.deviceId),
  };

  return (
    <div className="preview">
      <header className="preview__header">
        <Link to="/" className="logo">
          <Logo />
        </Link>
      </header>
      <main className="preview__main">
        <section className="preview__devices" aria-label="Camera and microphone">
          <div className="preview__picture">
            {cameraTrack === null ? (
              <p className="preview__no-picture">{cameraOffText(camera)}</p>
            ) : (
              <Video track={cameraTrack} label="Your camera" className="preview__video" />
            )}
            <div className="preview__toggles">
              <MicrophoneToggle devices={devices} status={microphone.status} />
              <CameraToggle devices={devices} status={camera.status} />
            </div>
          </div>
          <LevelMeter track={microphoneTrack} />
          {deviceProblems(failureOf(camera), failureOf(microphone)).map((problem) => (
            <ProblemNote
              key={problem.source}
              problem={problem}
              onRetry={() => retry(devices, problem)}
            />
          ))}
        </section>
        <section className="card preview__join" aria-labelledby="room-name">
          <p className="preview__hint">
            {props.isWaiting ? 'You wait to join' : 'You are about to join'}
          </p>
          <h1 className="preview__room" id="room-name" ref={heading} tabIndex={-1} dir="auto">
            {room.name}
          </h1>
          {props.isWaiting ? (
            <LobbyWait onLeave={props.onLeaveLobby} />
          ) : (
            <JoinForm
              room={room}
              isJoining={props.isJoining}
              failure={props.failure}
              initialName={props.initialName}
              initialPassword={props.initialPassword}
              initialTcpOnly={props.initialTcpOnly}
              onJoin={props.onJoin}
            />
          )}
        </section>
        <section className="preview__selects" aria-label="Devices">
          <DeviceSelects
            available={available}
            current={current}
            onChoose={(kind, deviceId) => void devices.choose(kind, deviceId)}
          />
        </section>
      </main>
    </div>
  );
}

function deviceOf(kind: MediaDeviceKind, deviceId: string | undefined) {
  return deviceId === undefined ? {} : { [kind]: deviceId };
}

function cameraOffText(camera: Capture<unknown>): string {
  if (camera.status === 'opening') return 'Opening the camera…';
  return camera.status === 'failed' ? 'No picture' : 'Your camera is off';
}

function MicrophoneToggle(props: { devices: DevicesStore; status: Capture<unknown>['status'] }) {
  const { devices, status } = props;
  const isOn = status === 'on' || status === 'opening';
  return (
    <Button
      size="icon"
      className={isOn ? 'toggle' : 'toggle toggle--off'}
      aria-label={isOn ? 'Mute microphone' : 'Unmute microphone'}
      disabled={status === 'opening'}
      onClick={() => (isOn ? devices.closeMicrophone() : void devices.openMicrophone())}
    >
      {isOn ? <Mic aria-hidden="true" /> : <MicOff aria-hidden="true" />}
    </Button>
  );
}

function CameraToggle(props: { devices: DevicesStore; status: Capture<unknown>['status'] }) {
  const { devices, status } = props;
  const isOn = status === 'on' || status === 'opening';
  return (
    <Button
      size="icon"
      className={isOn ? 'toggle' : 'toggle toggle--off'}
      aria-label={isOn ? 'Turn camera off' : 'Turn camera on'}
      disabled={status === 'opening'}
      onClick={() => (isOn ? devices.closeCamera() : void devices.openCamera())}
    >
      {isOn ? <VideoIcon aria-hidden="true" /> : <VideoOff aria-hidden="true" />}
    </Button>
  );
}

function failureOf(capture: Capture<unknown>): Failure | null {
  return capture.status === 'failed' ? capture.failure : null;
}

async function retry(devices: DevicesStore, { source }: DeviceProblem): Promise<void> {
  if (source === 'camera') await devices.openCamera();
  else if (source === 'microphone') await devices.openMicrophone();
  else await devices.open();
}

function ProblemNote(props: { problem: DeviceProblem; onRetry: () => Promise<void> }) {
  const { source, failure } = props.problem;
  const { title, text } = textOfDeviceProblem(source, failure);
  return (
    <div className="preview__problem" role="alert" data-code={failure.code} data-source={source}>
      <div>
        <p className="preview__problem-title">{title}</p>
        <p>
          {text} You can join without {source === 'both' ? 'them' : 'it'}.
        </p>
      </div>
      <Button size="small" look="quiet" onClick={() => void props.onRetry()}>
        Try again
        {source !== 'both' && <span className="visually-hidden"> with the {source}</span>}
      </Button>
    </div>
  );
}
