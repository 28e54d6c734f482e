/** What can be done with a single key. */
export const SHORTCUTS = {
  KeyM: { action: 'microphone', key: 'M', meaning: 'Mute or unmute the microphone' },
  KeyV: { action: 'camera', key: 'V', meaning: 'Turn the camera on or off' },
  KeyS: { action: 'screen', key: 'S', meaning: 'Share the screen, or stop' },
  KeyP: { action: 'participants', key: 'P', meaning: 'Show or hide the participants' },
  KeyC: { action: 'chat', key: 'C', meaning: 'Show or hide the chat' },
} as const;

/** What a key asks for. */
export type ShortcutAction = (typeof SHORTCUTS)[keyof typeof SHORTCUTS]['action'];

/** What of a keyboard event matters here; a `KeyboardEvent` has it. */
export interface KeyPress {
  /** The place of the key, so that it works in every layout. */
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly repeat: boolean;
  readonly isComposing: boolean;
}

/** Where the keyboard is; an `HTMLElement` has it. */
export interface KeyTarget {
  readonly tagName: string;
  readonly isContentEditable: boolean;
}

const TYPED_INTO = new Set(['INPUT', 'TEXTAREA', 'SELECT']);

/** What a key press asks for; null while somebody types, and for keys with a modifier. */
export function actionOfKey(press: KeyPress, target: KeyTarget | null): ShortcutAction | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.shiftKey) return null;
  if (press.repeat || press.isComposing) return null;
  if (target !== null && (target.isContentEditable || TYPED_INTO.has(target.tagName))) return null;
  if (!Object.hasOwn(SHORTCUTS, press.code)) return null;
  return SHORTCUTS[press.code as keyof typeof SHORTCUTS].action;
}
