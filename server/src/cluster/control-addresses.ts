import { lookup } from 'node:dns/promises';

/** One way to a control replica. */
export interface ControlAddress {
  /** As it was configured; TLS checks the certificate by its host name. */
  readonly url: string;
  /** IP address. */
  readonly address: string;
  readonly family: 4 | 6;
}

/** All addresses of a host name. */
export type LookUpAll = (
  host: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

const lookUpInSystem: LookUpAll = (host) => lookup(host, { all: true });

/**
 * Every address behind a list of URLs: one name stands for all replicas.
 *
 * @param reportFault Gets what a name was not found with. Such a name has no entry.
 */
export async function findControlAddresses(
  urls: readonly string[],
  reportFault: (url: string, error: unknown) => void,
  lookUp: LookUpAll = lookUpInSystem,
): Promise<ReadonlyMap<string, readonly ControlAddress[]>> {
  const found = await Promise.all(
    urls.map(async (url): Promise<[string, readonly ControlAddress[]] | undefined> => {
      try {
        const addresses = await lookUp(new URL(url).hostname.replace(/^\[|\]$/g, ''));
        const entries = new Map(
          addresses.map(({ address, family }) => [
            address,
            { url, address, family: family === 6 ? (6 as const) : (4 as const) },
          ]),
        );
        return [url, [...entries.values()]];
      } catch (error) {
        reportFault(url, error);
        return undefined;
      }
    }),
  );
  return new Map(found.filter((entry) => entry !== undefined));
}
