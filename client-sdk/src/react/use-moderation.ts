import type {
  BreakoutRoom,
  LobbyEntry,
  OtherAct,
  ParticipantRole,
  PersonAct,
  Reaction,
} from '@balai/protocol';
import { useEffect, useState } from 'react';
import { Moderation } from '../moderation/moderation.ts';
import type { ModerationEventCallbacks } from '../moderation/moderation-events.ts';
import type { Participant } from '../participants/participant.ts';
import type { Room } from '../room.ts';
import { useRoom } from './room-context.ts';
import { useLatest } from './use-latest.ts';
import { useObserved } from './use-observed.ts';

const HANDS = ['raisedHandsChanged'] as const;
const SPOTLIGHT = ['spotlightChanged'] as const;
const LOCK = ['lockChanged'] as const;
const LOBBY = ['lobbyChanged'] as const;
const BREAKOUTS = ['breakoutsChanged', 'rightsChanged'] as const;
const STAGE = ['stageInvited', 'stageInvitationEnded'] as const;
const RIGHTS = ['rightsChanged'] as const;

const DEFAULT_REACTION_MS = 5_000;

/** How the room is led: everything that can be done. The same object for a room each time. */
export function useModeration(given?: Room): Moderation {
  return Moderation.of(useRoom(given));
}

/** Whose hands are up, who was first comes first. */
export function useRaisedHands(given?: Room): readonly Participant[] {
  return useObserved(useModeration(given), HANDS, ({ raisedHands }) => raisedHands);
}

/** Who is shown large to everybody, in this order. */
export function useSpotlight(given?: Room): readonly Participant[] {
  return useObserved(useModeration(given), SPOTLIGHT, ({ spotlight }) => spotlight);
}

/** Whether nobody new comes in. */
export function useIsLocked(given?: Room): boolean {
  return useObserved(useModeration(given), LOCK, ({ isLocked }) => isLocked);
}

/** Who waits to be let in; nobody for who may not let them in. */
export function useLobby(given?: Room): readonly LobbyEntry[] {
  return useObserved(useModeration(given), LOBBY, ({ lobby }) => lobby);
}

/** The rooms beside a room. */
export interface BreakoutsState {
  /** None for who may not lead. */
  readonly breakouts: readonly BreakoutRoom[];
  /** Whether we are in a breakout room ourselves. */
  readonly isInBreakout: boolean;
}

/** The rooms beside the room, and whether this is one. */
export function useBreakouts(given?: Room): BreakoutsState {
  return useObserved(useModeration(given), BREAKOUTS, ({ breakouts, breakoutOf }) => ({
    breakouts,
    isInBreakout: breakoutOf !== null,
  }));
}

/** Whether we are called up to the stage, and have not answered. */
export function useStageInvitation(given?: Room): boolean {
  return useObserved(useModeration(given), STAGE, ({ isInvitedToStage }) => isInvitedToStage);
}

/**
 * Whether we may do something to somebody, or to anybody at all where nobody is named. What is not
 * done to people has its answer whoever is named.
 */
export function useCan(
  act: OtherAct | PersonAct,
  participant?: Participant,
  given?: Room,
): boolean {
  return useObserved(useModeration(given), RIGHTS, (moderation) =>
    moderation.can(act as PersonAct, participant),
  );
}

/** The roles that we may give somebody, who has another one. */
export function useRolesToGive(
  participant: Participant,
  given?: Room,
): readonly Exclude<ParticipantRole, 'host'>[] {
  return useObserved(useModeration(given), RIGHTS, (moderation) =>
    (['moderator', 'participant', 'listener'] as const).filter((role) =>
      moderation.canMake(participant, role),
    ),
  );
}

/** A reaction that is shown for a while. */
export interface ShownReaction {
  /** For lists: no two have the same. */
  readonly id: number;
  /** Who sent it. */
  readonly participant: Participant;
  /** What they sent. */
  readonly reaction: Reaction;
}

/** The reactions of the last seconds, the oldest first. @param forMs How long each is there; default 5,000. */
export function useReactions(
  forMs: number = DEFAULT_REACTION_MS,
  given?: Room,
): readonly ShownReaction[] {
  const moderation = useModeration(given);
  const [shown, setShown] = useState<readonly ShownReaction[]>([]);
  useEffect(() => {
    const timers = new Set<ReturnType<typeof setTimeout>>();
    let id = 0;
    const show: ModerationEventCallbacks['reacted'] = (participant, reaction) => {
      id += 1;
      const one = { id, participant, reaction };
      setShown((others) => [...others, one]);
      const timer = setTimeout(() => {
        timers.delete(timer);
        setShown((others) => others.filter((other) => other !== one));
      }, forMs);
      timers.add(timer);
    };
    moderation.on('reacted', show);
    return () => {
      moderation.off('reacted', show);
      for (const timer of timers) clearTimeout(timer);
      setShown([]);
    };
  }, [moderation, forMs]);
  return shown;
}

/** Calls `listener` at each event of {@link Moderation}. It may be another function at each rendering. */
export function useModerationEvent<E extends keyof ModerationEventCallbacks>(
  event: E,
  listener: ModerationEventCallbacks[E],
  given?: Room,
): void {
  const moderation = useModeration(given);
  const latest = useLatest(listener);
  useEffect(() => {
    const hear = ((...facts: never[]) =>
      (latest.current as (...facts: never[]) => void)(...facts)) as ModerationEventCallbacks[E];
    moderation.on(event, hear);
    return () => {
      moderation.off(event, hear);
    };
  }, [moderation, event, latest]);
}
