/** What a page tells about its surroundings. */
export interface NetworkListeners {
  /** There is a network, and perhaps another one than before. */
  readonly onNetwork: () => void;
  /** The page goes away: nothing that takes time is done any more. */
  readonly onPageLeave: () => void;
}

/** Chromium on phones knows what kind of network it is on. */
interface NetworkInformation extends EventTarget {
  readonly type?: string;
}

/** Listens until the returned function is called. Nothing to hear outside of a browser. */
export function watchNetwork({ onNetwork, onPageLeave }: NetworkListeners): () => void {
  const { window } = globalThis;
  if (!window?.addEventListener) return () => undefined;
  const { connection } = navigator as { readonly connection?: NetworkInformation };
  let type = connection?.type;
  const onChange = () => {
    // The event also tells that the bandwidth is another one.
    if (connection?.type === type) return;
    type = connection?.type;
    if (type !== 'none') onNetwork();
  };
  window.addEventListener('online', onNetwork);
  window.addEventListener('pagehide', onPageLeave);
  connection?.addEventListener?.('change', onChange);
  return () => {
    window.removeEventListener('online', onNetwork);
    window.removeEventListener('pagehide', onPageLeave);
    connection?.removeEventListener?.('change', onChange);
  };
}
