import {
  type Act,
  may,
  mayAct,
  type OtherAct,
  type PersonAct,
  roleInEffect,
  type Standing,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';

/*
 * Enforces POLICY of the protocol, which says who may do what: with what the
 * people are at that moment, and may.
 */

/** Whether somebody who stands so may do it. */
export function isAllowed(act: OtherAct, actor: Standing): boolean {
  return may(act, roleInEffect(actor));
}

/** Whether somebody who stands so may do it to the other. */
export function isAllowedOn(act: PersonAct, actor: Standing, target: Standing): boolean {
  return mayAct(act, roleInEffect(actor), roleInEffect(target));
}

/** @throws AppError `forbidden`. */
export function assertAllowed(act: OtherAct, actor: Standing): void {
  if (!isAllowed(act, actor)) {
    throw refusal(act, actor);
  }
}

/** @throws AppError `forbidden`. */
export function assertAllowedOn(act: PersonAct, actor: Standing, target: Standing): void {
  if (!isAllowedOn(act, actor, target)) {
    throw refusal(act, actor);
  }
}

/** What a role makes of somebody where no grants were given or kept back: outside of a stay. */
export function standingOf(role: Standing['role']): Standing {
  return { role, grants: { moderate: role === 'host' || role === 'moderator' } };
}

function refusal(act: Act, actor: Standing): AppError {
  return new AppError(
    'forbidden',
    `The rules of the room do not allow a ${roleInEffect(actor)} this: ${act}`,
  );
}
