import { expect, test } from 'vitest';
import { dtlsFromWire } from './rtp.ts';

const fingerprints = [{ algorithm: 'sha-256', value: 'AB:CD' }] as const;

test.each(['auto', 'client', 'server', undefined] as const)(
  'a client that names the DTLS role %s is the DTLS client (SPEC 3.1)',
  (role) => {
    expect(dtlsFromWire({ role, fingerprints })).toEqual({ role: 'client', fingerprints });
  },
);
