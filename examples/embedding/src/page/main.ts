import './style.css';
import { RoomEvent } from '@balai/client';
import { enterCall, room, sendOut } from './call.ts';
import { ask, attempt, element, show } from './page.ts';

const { localParticipant } = room;
const microphone = element('microphone', HTMLButtonElement);
const camera = element('camera', HTMLButtonElement);

onSubmit('sign-in', async (fields) => {
  await ask('/sign-in', Object.fromEntries(fields));
  show('join');
});
onSubmit('join', (fields) => enterCall(String(fields.get('call'))));
onSubmit('say', async (fields, form) => {
  await room.sendChatMessage(String(fields.get('text')));
  form.reset();
});

onClick(microphone, () => {
  return localParticipant.setMicrophoneEnabled(!localParticipant.isMicrophoneEnabled);
});
onClick(camera, () => localParticipant.setCameraEnabled(!localParticipant.isCameraEnabled));
onClick(element('sound', HTMLButtonElement), () => room.startAudio());
onClick(element('leave', HTMLButtonElement), () => room.disconnect());
element('tiles', HTMLElement).addEventListener('click', ({ target }) => {
  if (target instanceof HTMLButtonElement) void attempt(() => sendOut(target.value));
});

room
  .on(RoomEvent.LocalTrackPublished, renewButtons)
  .on(RoomEvent.LocalTrackUnpublished, renewButtons)
  .on(RoomEvent.TrackMuted, renewButtons)
  .on(RoomEvent.TrackUnmuted, renewButtons);

function renewButtons(): void {
  microphone.ariaPressed = String(localParticipant.isMicrophoneEnabled);
  camera.ariaPressed = String(localParticipant.isCameraEnabled);
}

function onClick(button: HTMLButtonElement, act: () => Promise<unknown>): void {
  button.addEventListener('click', () => void attempt(act));
}

function onSubmit(
  id: string,
  act: (fields: FormData, form: HTMLFormElement) => Promise<void>,
): void {
  const form = element(id, HTMLFormElement);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void attempt(() => act(new FormData(form), form));
  });
}
