import { useEffect, useState } from 'react';

/** Reads the token out of `#token=…`, where the links of mails have it. */
export function readMailToken(hash: string): string | null {
  const token = new URLSearchParams(hash.replace(/^#/, '')).get('token')?.trim();
  return token === undefined || token === '' ? null : token;
}

/** The token of the mail's link that led here; null where it is missing. */
export function useMailToken(): string | null {
  const [token, setToken] = useState(() => readMailToken(window.location.hash));

  useEffect(() => {
    // Another link of the same kind, opened in this tab, doesn't load the page again.
    const read = () => setToken((before) => readMailToken(window.location.hash) ?? before);
    window.addEventListener('hashchange', read);
    return () => window.removeEventListener('hashchange', read);
  }, []);

  return token;
}

/** Takes a token that was used out of the address bar and the browser's history. */
export function hideMailToken(): void {
  window.history.replaceState(null, '', window.location.pathname);
}
