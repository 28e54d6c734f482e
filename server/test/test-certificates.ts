import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A certificate and its private key, as PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority of its own, good for a day. */
export interface TestAuthority {
  /** Its certificate, as PEM. */
  readonly ca: string;
  /** @param names DNS names and IPv4 addresses. */
  issue(...names: readonly string[]): TestCertificate;
}

const OID = {
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  commonName: [0x55, 0x04, 0x03],
  basicConstraints: [0x55, 0x1d, 0x13],
  subjectAltName: [0x55, 0x1d, 0x11],
};

/** Certificates after RFC 5280, for tests of TLS. */
export function createTestAuthority(name: string): TestAuthority {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = extension(OID.basicConstraints, true, sequence(der(0x01, Buffer.of(0xff))));
  return {
    ca: certificate({
      subject: name,
      issuer: name,
      publicKey: authority.publicKey,
      signingKey: authority.privateKey,
      extension: isAuthority,
    }),
    issue(...names) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const entries = names.map((one) =>
        isIPv4(one)
          ? der(0x87, Buffer.from(one.split('.').map(Number)))
          : der(0x82, Buffer.from(one, 'ascii')),
      );
      return {
        cert: certificate({
          subject: names[0] ?? 'nobody',
          issuer: name,
          publicKey,
          signingKey: authority.privateKey,
          extension: extension(OID.subjectAltName, false, sequence(...entries)),
        }),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

function certificate(parts: {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly extension: Buffer;
}): string {
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const version = der(0xa0, der(0x02, Buffer.of(2)));
  const serial = der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)]));
  const now = Date.now();
  const toBeSigned = sequence(
    version,
    serial,
    algorithm,
    distinguishedName(parts.issuer),
    sequence(utcTime(now - 3_600_000), utcTime(now + 86_400_000)),
    distinguishedName(parts.subject),
    parts.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(parts.extension)),
  );
  const signature = der(
    0x03,
    Buffer.concat([Buffer.of(0), sign('sha256', toBeSigned, parts.signingKey)]),
  );
  const lines = sequence(toBeSigned, algorithm, signature)
    .toString('base64')
    .match(/.{1,64}/g);
  return `-----BEGIN CERTIFICATE-----\n${(lines ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
}

function extension(id: readonly number[], isCritical: boolean, value: Buffer): Buffer {
  const critical = isCritical ? [der(0x01, Buffer.of(0xff))] : [];
  return sequence(oid(id), ...critical, der(0x04, value));
}

function distinguishedName(commonName: string): Buffer {
  const name = sequence(oid(OID.commonName), der(0x0c, Buffer.from(commonName, 'utf8')));
  return sequence(der(0x31, name));
}

function utcTime(at: number): Buffer {
  const text = new Date(at)
    .toISOString()
    .replace(/[-:T]|\.\d+/g, '')
    .slice(2);
  return der(0x17, Buffer.from(text, 'ascii'));
}

function oid(bytes: readonly number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

/** Tag, length and content (X.690). */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const size = length < 0x100 ? Buffer.of(length) : Buffer.of(length >> 8, length & 0xff);
  return Buffer.concat([Buffer.of(tag, 0x80 | size.length), size, content]);
}
