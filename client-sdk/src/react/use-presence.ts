import type { Attributes } from '@balai/protocol';
import type { Participant } from '../participants/participant.ts';
import { useObserved } from './use-observed.ts';

const NAME = ['participantNameChanged'] as const;
const METADATA = ['participantMetadataChanged'] as const;
const ATTRIBUTES = ['attributesChanged'] as const;

/** How somebody is called now. */
export function useParticipantName(participant: Participant): string {
  return useObserved(participant, NAME, ({ name }) => name);
}

/** What an application attached to somebody as metadata. */
export function useParticipantMetadata(participant: Participant): string {
  return useObserved(participant, METADATA, ({ metadata }) => metadata);
}

/** What an application attached to somebody as attributes. */
export function useParticipantAttributes(participant: Participant): Attributes {
  return useObserved(participant, ATTRIBUTES, ({ attributes }) => attributes);
}
