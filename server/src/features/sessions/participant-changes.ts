import {
  type Attributes,
  type Grants,
  LIMITS,
  type ParticipantRole,
  type RoomChange,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { sizeOfAttributes } from '../../kernel/participant-schemas.ts';
import { settleGrants } from './grants.ts';
import type { LiveRoom } from './live-room.ts';
import type { Stay } from './stay.ts';

/** What can be changed of a participant. What is absent stays; an attribute with an empty value goes. */
export interface ParticipantUpdate {
  readonly name?: string | undefined;
  readonly metadata?: string | undefined;
  readonly attributes?: Attributes | undefined;
}

export interface ParticipantChangesOptions {
  readonly findRoom: (stay: Stay) => LiveRoom | undefined;
  /** Makes a change of a stay's own true, and tells the others. */
  readonly record: (stay: Stay, change: RoomChange) => void;
  /** Called when what somebody may do has changed, after they were told. */
  readonly grantsChanged: (stay: Stay, before: Grants) => void;
  /** Called when the others are not to know of somebody from now on, or are again. */
  readonly hid: (stay: Stay) => void;
}

/** What becomes different of people while they are in a room. */
export class ParticipantChanges {
  readonly #options: ParticipantChangesOptions;

  constructor(options: ParticipantChangesOptions) {
    this.#options = options;
  }

  /** Lets somebody do more or less from now on, and tells them. Nothing once the stay is over. */
  setGrants(stay: Stay, wanted: Grants, role: ParticipantRole = stay.ticket.role): void {
    if (stay.isOver) {
      return;
    }
    const before = stay.ticket;
    const grants = settleGrants(wanted);
    stay.setRole(role, grants);
    stay.connection.send('roleChanged', { role, grants });
    const room = this.#options.findRoom(stay);
    if (grants.hidden && !before.grants.hidden) {
      room?.hide(stay);
    }
    if (role !== before.role) {
      const { participantId } = stay;
      this.#options.record(stay, { type: 'roleChanged', participantId, role });
    }
    if (!grants.hidden && before.grants.hidden) {
      room?.show(stay);
    }
    if (grants.hidden !== before.grants.hidden) {
      this.#options.hid(stay);
    }
    this.#options.grantsChanged(stay, before.grants);
  }

  /**
   * Changes what others see of somebody. Nothing once the stay is over.
   *
   * @throws AppError `invalid_request` for more attributes than there may be.
   */
  update(stay: Stay, { name, metadata, attributes: changed }: ParticipantUpdate): void {
    const attributes = changed && merge(stay.ticket.attributes, changed);
    if (stay.isOver) {
      return;
    }
    const update = {
      ...(name === undefined ? {} : { name }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(attributes === undefined ? {} : { attributes }),
    };
    if (Object.keys(update).length > 0) {
      stay.update(update);
      const { participantId } = stay;
      this.#options.record(stay, { type: 'participantUpdated', participantId, ...update });
    }
  }
}

function merge(attributes: Attributes, changed: Attributes): Attributes {
  const merged = Object.fromEntries(
    Object.entries({ ...attributes, ...changed }).filter(([, value]) => value !== ''),
  );
  const isTooMuch =
    Object.keys(merged).length > LIMITS.attributes ||
    sizeOfAttributes(merged) > LIMITS.attributesBytes;
  if (isTooMuch) {
    throw new AppError('invalid_request', 'A participant cannot have so many attributes');
  }
  return merged;
}
