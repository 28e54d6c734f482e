import { type Participant, Room, RoomEvent } from '@balai/client';
import { followChat, showChatHistory } from './chat.ts';
import { ask, element, show, tell } from './page.ts';
import { removeTile, removeTiles, renewTile } from './tiles.ts';

export const room = new Room();

room
  .on(RoomEvent.ParticipantConnected, renewTile)
  .on(RoomEvent.ParticipantDisconnected, removeTile)
  .on(RoomEvent.TrackSubscribed, (track, _publication, participant) => {
    renewTile(participant).append(track.attach());
  })
  .on(RoomEvent.TrackUnsubscribed, (track, _publication, participant) => {
    for (const player of track.detach()) player.remove();
    renewTile(participant);
  })
  .on(RoomEvent.LocalTrackPublished, ({ track }, participant) => {
    const tile = renewTile(participant);
    if (track.kind === 'video') tile.append(track.attach());
  })
  .on(RoomEvent.LocalTrackUnpublished, ({ track }, participant) => {
    for (const player of track.detach()) player.remove();
    renewTile(participant);
  })
  .on(RoomEvent.TrackMuted, (_publication, participant) => renewTile(participant))
  .on(RoomEvent.TrackUnmuted, (_publication, participant) => renewTile(participant))
  .on(RoomEvent.AudioPlaybackStatusChanged, (isPlaying) => {
    element('sound', HTMLButtonElement).hidden = isPlaying;
  })
  .on(RoomEvent.Reconnecting, () => tell('The connection was lost. One moment.'))
  .on(RoomEvent.Reconnected, () => tell(''))
  .on(RoomEvent.Disconnected, (reason) => {
    removeTiles();
    show('join');
    if (reason !== 'client_initiated') tell(`The call is over for you: ${reason}`);
  });
followChat(room);

/** Joins a call as whoever is signed in, with camera and microphone. */
export async function enterCall(call: string): Promise<void> {
  const path = `/calls/${encodeURIComponent(call)}/token`;
  const { url, token } = await ask<{ url: string; token: string }>(path);
  await room.connect(url, token);
  show('call');
  const { localParticipant, remoteParticipants } = room;
  element('call', HTMLElement).classList.toggle('led', localParticipant.role === 'moderator');
  const everybody: Participant[] = [localParticipant, ...remoteParticipants.values()];
  everybody.forEach(renewTile);
  await Promise.all([showChatHistory(room), localParticipant.enableCameraAndMicrophone()]);
}

/** Has our backend send somebody out, which knows who may. */
export async function sendOut(identity: string): Promise<void> {
  await ask(
    `/calls/${encodeURIComponent(room.name)}/people/${encodeURIComponent(identity)}/remove`,
  );
}
