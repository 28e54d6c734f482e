import { randomUUID } from 'node:crypto';
import type { ConnectionCheckAccess, Grants, Identity, JoinInfo } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ticketOf } from '../../kernel/room-ticket.ts';
import type { RoomTokens } from '../joining/room-tokens.ts';

/** A check takes two minutes where everything fails slowly. No meeting is to be had out of it. */
const LIFETIME_MS = 3 * 60_000;

const GRANTS: Grants = {
  publish: { camera: true, microphone: true, screen_share: false, screen_share_audio: false },
  subscribe: true,
  data: false,
  hidden: false,
  moderate: false,
  updateSelf: false,
};

/** Lets anybody check whether meetings would work from where they are. */
export interface ConnectionChecks {
  /**
   * A room of one's own, for a few minutes. It is in no table: all that is known
   * of it stands in its tokens, and is gone with the stays.
   *
   * @param origin Where the client reached the server.
   * @param network Whose checks are counted together.
   * @throws AppError `shutting_down`.
   */
  open(origin: string, network: string): Promise<ConnectionCheckAccess>;
}

export interface ConnectionChecksDependencies {
  readonly describe: (identity: Identity, origin: string, endsAt: number) => JoinInfo;
  readonly tokens: Pick<RoomTokens, 'issue'>;
  readonly isDraining: () => boolean;
  readonly clock: Clock;
}

/** Checks with rooms that only their tokens know of. */
export function createConnectionChecks(
  dependencies: ConnectionChecksDependencies,
): ConnectionChecks {
  const { describe, tokens, isDraining, clock } = dependencies;
  return {
    async open(origin, network) {
      if (isDraining()) {
        throw new AppError('shutting_down');
      }
      const roomId = randomUUID();
      const checkEndsAt = clock() + LIFETIME_MS;
      const issue = async (identity: Identity, name: string): Promise<string> => {
        const { token } = await tokens.issue(
          ticketOf({
            roomId,
            identity,
            name,
            role: 'participant',
            grants: GRANTS,
            checkEndsAt,
            checkNetwork: network,
          }),
        );
        return token;
      };
      const publisher = randomUUID();
      const [publisherToken, receiverToken] = await Promise.all([
        issue(publisher, 'Publisher'),
        issue(randomUUID(), 'Receiver'),
      ]);
      return {
        ...describe(publisher, origin, checkEndsAt),
        publisherToken,
        receiverToken,
        endsAt: new Date(checkEndsAt).toISOString(),
      };
    },
  };
}
