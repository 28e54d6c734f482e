import { describe, expect, test } from 'vitest';
import { describeRoutes, readContract, requestOf } from '../../test/describe-routes.ts';
import { type RestFeatures, restRoutes } from './rest-api.ts';

/** Routes call nothing before a request comes, and none does. */
const routes = restRoutes({} as RestFeatures);
const contract = readContract();

describe('the REST API', () => {
  test('is what docs/rest-api.md says (vitest -u writes it)', async () => {
    await expect(describeRoutes(routes, contract)).toMatchFileSnapshot('../../../docs/rest-api.md');
  });

  test('has the requests, tokens and bodies that the protocol names', () => {
    const served = routes.map((route) => ({
      request: requestOf(route),
      auth: route.auth,
      hasBody: route.body !== undefined,
    }));
    const promised = contract.map(({ request, auth, body }) => ({
      request,
      auth,
      hasBody: body !== '',
    }));
    expect(served).toEqual(promised);
  });
});
