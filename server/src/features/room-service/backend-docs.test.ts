import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { RoomServiceClient } from '../../../../server-sdk/src/room-service-client.ts';
import { applicationTokenRoutes } from '../application-tokens/routes.ts';
import { serviceDataRoutes } from './data-routes.ts';
import { serviceParticipantRoutes } from './participant-routes.ts';
import { serviceRoomRoutes } from './room-routes.ts';

const page = readFileSync(
  fileURLToPath(new URL('../../../../docs/backend.md', import.meta.url)),
  'utf8',
);
const rows = [...page.matchAll(/^\|.*\| (`.*`) \| `(.*)` \| `(.*)` \|$/gm)].map(
  ([, methods = '', request = '', scope = '']) => ({ methods, request, scope }),
);

/** What the routes need is needed by requests alone. */
const nothing = Object.create(null);
const routes = [
  ...serviceRoomRoutes(nothing),
  ...serviceParticipantRoutes(nothing),
  ...serviceDataRoutes(nothing),
  ...applicationTokenRoutes(nothing, Date.now),
];

test('the page on backends has every request, with its parameters and its scope', () => {
  const requests = routes.map(({ method, path, query, scope }) => {
    const names = query instanceof z.ZodObject ? Object.keys(query.shape).toSorted() : [];
    const short = path
      .replace('/v1/service', '')
      .replace('/rooms/:room/participants/:identity', '…');
    return `${method} ${short}${names.length > 0 ? `?${names.join('&')}` : ''}: ${scope}`;
  });
  const documented = rows.map(({ request, scope }) => {
    const [path, query] = request.split('?');
    const names = query === undefined ? '' : `?${query.split('&').toSorted().join('&')}`;
    return `${path}${names}: ${scope}`;
  });
  expect(documented.toSorted()).toEqual(requests.toSorted());
});

test('the page on backends has every method of RoomServiceClient, and no other', () => {
  const documented = rows.flatMap(({ methods }) => methods.replaceAll('`', '').split(', '));
  const methods = Object.getOwnPropertyNames(RoomServiceClient.prototype);
  expect([...documented, 'constructor'].toSorted()).toEqual(methods.toSorted());
});
