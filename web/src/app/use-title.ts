import { useEffect } from 'react';

/** Names the browser's tab while a page is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'Balai' : `${title} · Balai`;
  }, [title]);
}
