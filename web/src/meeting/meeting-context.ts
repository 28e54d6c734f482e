import { createContext, use } from 'react';
import { useStore } from '../app/store.ts';
import type { MeetingState, MeetingStore } from './meeting-store.ts';

/** Hands the meeting to the parts of its page. */
export const MeetingContext = createContext<MeetingStore | null>(null);

/** The meeting's store, for a component. */
export function useMeeting(): MeetingStore {
  const meeting = use(MeetingContext);
  if (meeting === null) throw new Error('A part of the meeting is rendered outside of one.');
  return meeting;
}

/** What the meeting's page shows, for a component. */
export function useMeetingState(): MeetingState {
  return useStore(useMeeting().state);
}
