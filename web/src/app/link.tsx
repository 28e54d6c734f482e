import type { MouseEvent, ReactNode } from 'react';
import { navigate } from './route.ts';

/** A link to a page of this app: an ordinary click doesn't load the app again. */
export function Link(props: {
  to: string;
  className?: string;
  /** Whether it leads to the page that is shown. */
  isCurrent?: boolean;
  children: ReactNode;
}) {
  function follow(event: MouseEvent<HTMLAnchorElement>) {
    const opensElsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (event.button !== 0 || opensElsewhere) return;
    event.preventDefault();
    navigate(props.to);
  }
  return (
    <a
      href={props.to}
      className={props.className}
      aria-current={props.isCurrent === true ? 'page' : undefined}
      onClick={follow}
    >
      {props.children}
    </a>
  );
}
