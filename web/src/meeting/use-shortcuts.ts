import { useEffect, useState } from 'react';
import { keep, readKept } from '../app/kept.ts';
import type { MeetingStore } from './meeting-store.ts';
import { actionOfKey, type ShortcutAction } from './shortcuts.ts';

const KEY = 'balai.shortcuts';

/** Whether single keys do something; who dictates by voice may want them not to. */
export function useShortcutsSetting(): readonly [boolean, (isOn: boolean) => void] {
  const [isOn, setOn] = useState(() => readKept(KEY) !== 'off');
  function change(next: boolean) {
    keep(KEY, next ? 'on' : 'off');
    setOn(next);
  }
  return [isOn, change];
}

/** Listens to single keys while a meeting is shown and no dialog is open. */
export function useShortcuts(meeting: MeetingStore, isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    function listen(event: KeyboardEvent) {
      if (document.querySelector('dialog[open]') !== null) return;
      const target = event.target instanceof HTMLElement ? event.target : null;
      const action = actionOfKey(event, target);
      if (action === null) return;
      event.preventDefault();
      run(meeting, action);
    }
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [meeting, isOn]);
}

function run(meeting: MeetingStore, action: ShortcutAction): void {
  switch (action) {
    case 'microphone':
      void meeting.toggleMicrophone();
      break;
    case 'camera':
      void meeting.toggleCamera();
      break;
    case 'screen':
      void meeting.toggleScreenShare();
      break;
    case 'participants':
    case 'chat':
      meeting.togglePanel(action);
      break;
  }
}
