import { Store } from './store.ts';

/** Which page the address asks for. */
export type Route =
  | { readonly page: 'landing' }
  | { readonly page: 'account' }
  | { readonly page: 'contacts' }
  | { readonly page: 'history' }
  | { readonly page: 'projects' }
  | { readonly page: 'nodes' }
  | { readonly page: 'check' }
  | { readonly page: 'forgotPassword' }
  | { readonly page: 'resetPassword' }
  | { readonly page: 'verifyEmail' }
  | { readonly page: 'room'; readonly roomId: string }
  | { readonly page: 'unknown' };

const FIXED_PAGES: ReadonlyMap<string, Route> = new Map([
  ['/', { page: 'landing' }],
  ['/account', { page: 'account' }],
  ['/contacts', { page: 'contacts' }],
  ['/meetings', { page: 'history' }],
  ['/projects', { page: 'projects' }],
  ['/nodes', { page: 'nodes' }],
  ['/check', { page: 'check' }],
  ['/forgot-password', { page: 'forgotPassword' }],
  // The server's mails lead to these two.
  ['/reset-password', { page: 'resetPassword' }],
  ['/verify-email', { page: 'verifyEmail' }],
]);

/** Reads the page out of a path such as `/r/5f0c…`. */
export function parseRoute(path: string): Route {
  const fixed = FIXED_PAGES.get(path);
  if (fixed !== undefined) return fixed;
  const roomId = /^\/r\/([^/]+)\/?$/.exec(path)?.[1];
  if (roomId === undefined) return { page: 'unknown' };
  try {
    return { page: 'room', roomId: decodeURIComponent(roomId) };
  } catch (error) {
    if (error instanceof URIError) return { page: 'unknown' };
    throw error;
  }
}

/** The path of a room's page. */
export function pathOfRoom(roomId: string): string {
  return `/r/${encodeURIComponent(roomId)}`;
}

/** The link that invites others to a room. */
export function inviteLink(roomId: string): string {
  return `${window.location.origin}${pathOfRoom(roomId)}`;
}

/** The path in the address bar; follows the browser's back and forward buttons. */
export const currentPath = new Store<string>(window.location.pathname);

window.addEventListener('popstate', () => currentPath.set(window.location.pathname));

/** Goes to another page without loading the app again. */
export function navigate(path: string): void {
  if (path === currentPath.get()) return;
  window.history.pushState(null, '', path);
  window.scrollTo(0, 0);
  currentPath.set(path);
}
