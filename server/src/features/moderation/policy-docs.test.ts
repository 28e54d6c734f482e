import {
  type Act,
  DISCONNECT_REASONS,
  ERROR_CODES,
  type Grants,
  may,
  mayAct,
  type OtherAct,
  PARTICIPANT_ROLES,
  type ParticipantRole,
  type PersonAct,
  POLICY,
  type Rule,
  TRACK_SOURCES,
} from '@balai/protocol';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
import { GRANTS_OF_ROLE } from '../joining/role-grants.ts';
import { ROOM_SETTINGS } from '../rooms/room-settings.ts';
import { maySendData } from '../sessions/grants.ts';
import { assertAllowed, assertAllowedOn, isAllowed, standingOf } from './policy.ts';

const RULES = Object.entries(POLICY) as readonly [Act, Rule][];
const PERSON_ACTS = RULES.flatMap(([act, { on }]) => (on === 'person' ? [act as PersonAct] : []));

/** What a role may send and receive, in the words of the page. */
const RIGHTS: readonly (readonly [string, (grants: Grants) => boolean])[] = [
  ...TRACK_SOURCES.map(
    (source) => [`Publish \`${source}\``, ({ publish }: Grants) => publish[source]] as const,
  ),
  ['Receive what others publish', ({ subscribe }) => subscribe],
  ['Write in the chat', (grants) => maySendData(grants, 'chat')],
  ['Send other data and texts, call the methods of others', (grants) => maySendData(grants, '')],
  ['Change their name, metadata and attributes', ({ updateSelf }) => updateSelf],
];

const PAGE_START = `# Leading a meeting

Who may do what is one table in the code, \`POLICY\` in \`protocol/src/policy.ts\`. The server checks every
act against it at the moment of the act, with the roles that people have then; clients know from it what to
offer. This page is made from it, so it says what is enforced. What a role does not allow is answered
\`forbidden\`, whatever client asks.

There are four roles: the **host**, whose room it is; **moderators**, who lead it with them; **participants**,
who speak; and **listeners**, who receive, write and raise their hand, and publish nothing. Somebody to whom
an application gave the grant \`moderate\` counts as a moderator, and a moderator or host without that grant
as a participant. Nobody does these things to themselves: for that they have their own buttons.
`;

const PAGE_END = `## What they do

**Muting** holds the track back at the server, whatever its client sends; its owner may unmute it. Nobody's
microphone or camera is opened by others: they are *asked*. **Stopping** ends a track; its owner may publish it
anew. Who is to be silent for longer is made a listener: that ends what they publish, and they cannot
begin again. "Mute all" leaves out who does it, and those who lead.

**Removing** ends every stay of the person in the room, and voids every token that they hold for it. It does not
keep them out: who may ask for a new token may come back, as long as the room is not locked. **Banning** does.

**What a ban holds on to** is who somebody is to this server. Somebody with an account is banned with the account,
on every device. Somebody whom an application vouches for is banned with the identity that the application gives.
*A guest is nobody in particular*: they get a new identity each time, so a guest who is banned cannot come
back with what they hold, and can open the link again under another name. The same goes for somebody with
an account who comes as a guest. Where that matters, turn guests off (\`guests_allowed\`), let people
wait (\`lobby_enabled\`), or lock the room. The host is never kept out.

**A locked room** lets nobody new in: \`room_locked\`. Who is in it may come in again on another device, and who
was in it within the last 5 minutes may come back, unless they were sent out. Host and moderators always may.
A guest comes back with the token that they hold, for as long as it is good.

**The lobby** (\`lobby_enabled\`) is where people wait, over an open connection, without a seat and without
media. Host and moderators go past it, and so does who was let in before, for 12 hours, unless they were
sent out since. Who is turned away may ask again after a minute. At most 500 people wait for one
room. When the lobby is turned off, all come in; when the meeting ends, all are told.

**The stage** (\`listeners_by_default\`): who is new comes as a listener. Those who lead call listeners up, for
example because they raised their hand; they come if they want to, within 5 minutes, and are participants
from then on. Nobody is put on the stage without their consent, except by being made a participant
directly, which publishes nothing by itself.

**Roles last**: who is given one has it when they come back. An application's own token says anew what its bearer
is. **The spotlight** belongs to the room and lasts too. **Hands** are up for as long as the stay lasts, through
a lost connection; reactions are gone as they are shown.
`;

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function whom(roles: readonly ParticipantRole[]): string {
  return roles.length === 0 ? 'nobody' : roles.map((role) => `${role}s`).join(', ');
}

function describePolicy(): string {
  const roles = PARTICIPANT_ROLES;
  const yes = (is: boolean) => (is ? 'yes' : 'no');
  const others = (on: Rule['on']) =>
    RULES.filter(([, rule]) => rule.on === on).map(([act, { does }]) => [
      does,
      ...roles.map((role) => yes(may(act as OtherAct, role))),
    ]);
  return [
    PAGE_START,
    '## On whom each role may act',
    '',
    ...tableOf(
      ['', ...roles],
      PERSON_ACTS.map((act) => [
        POLICY[act].does,
        ...roles.map((role) => whom(roles.filter((target) => mayAct(act, role, target)))),
      ]),
    ),
    '',
    '## What each role may do to the room',
    '',
    ...tableOf(['', ...roles], others('room')),
    '',
    'Administrators of the server may change and end every room by REST.',
    '',
    '## What each role may do for itself',
    '',
    ...tableOf(
      ['', ...roles],
      [
        ...others('self'),
        ...RIGHTS.map(([right, has]) => [
          right,
          ...roles.map((role) => yes(has(GRANTS_OF_ROLE[role]))),
        ]),
      ],
    ),
    '',
    "An application's token may grant less, or more: then that holds until the role is changed.",
    '',
    PAGE_END,
  ].join('\n');
}

describe('the policy', () => {
  test('is what docs/moderation.md says (vitest -u writes it)', async () => {
    await expect(describePolicy()).toMatchFileSnapshot('../../../../docs/moderation.md');
  });

  test('has a page that names only what there is', () => {
    const known = new Set<string>([...ERROR_CODES, ...DISCONNECT_REASONS, ...TRACK_SOURCES]);
    for (const key of ROOM_SETTINGS.keys) {
      known.add(key);
    }
    const named = [...describePolicy().matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)];
    expect(named.map(([, name = '']) => name).filter((name) => !known.has(name))).toEqual([]);
  });

  test('lets nobody act on a host, or a moderator on a moderator, who could lose by it', () => {
    for (const act of ['mute', 'stopTrack', 'remove', 'ban', 'makeListener'] as const) {
      for (const role of PARTICIPANT_ROLES) {
        expect(mayAct(act, role, 'host'), `${role} ${act}`).toBe(false);
      }
      expect(mayAct(act, 'moderator', 'moderator'), act).toBe(false);
    }
  });

  test('lets nobody but the host make moderators', () => {
    for (const target of PARTICIPANT_ROLES) {
      expect(mayAct('makeModerator', 'moderator', target)).toBe(false);
      expect(mayAct('makeModerator', 'participant', target)).toBe(false);
    }
  });

  test('takes who has the grant to moderate for a moderator, and who lost it for a participant', () => {
    const moderate = { grants: { moderate: true } };
    const led = { grants: { moderate: false } };
    expect(isAllowed('lock', { role: 'participant', ...moderate })).toBe(true);
    expect(isAllowed('lock', { role: 'listener', ...moderate })).toBe(true);
    expect(isAllowed('endMeeting', { role: 'participant', ...moderate })).toBe(false);
    expect(isAllowed('lock', { role: 'moderator', ...led })).toBe(false);
    expect(isAllowed('lock', { role: 'host', ...led })).toBe(false);
  });

  test('refuses with what was asked', () => {
    const refusal = (act: () => void) => {
      try {
        act();
        return 'allowed';
      } catch (error) {
        return error instanceof AppError ? error.code : 'fault';
      }
    };
    const [host, listener] = [standingOf('host'), standingOf('listener')];
    expect(refusal(() => assertAllowed('lock', listener))).toBe('forbidden');
    expect(refusal(() => assertAllowed('lock', host))).toBe('allowed');
    expect(refusal(() => assertAllowedOn('remove', listener, host))).toBe('forbidden');
    expect(refusal(() => assertAllowedOn('remove', host, listener))).toBe('allowed');
  });
});
