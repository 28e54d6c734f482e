import type { ReactNode } from 'react';
import { useFocusOnMount } from './use-focus-on-mount.ts';

interface MessagePageProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  /** The failure's code or the reason, for tests and support. */
  readonly code: string;
  readonly children: ReactNode;
}

/** A whole page that says one thing, and what one can do next. Takes the focus. */
export function MessagePage(props: MessagePageProps) {
  const heading = useFocusOnMount<HTMLHeadingElement>();
  return (
    <main className="centered-page">
      <div className="message-page" data-code={props.code}>
        <span className="message-page__mark" aria-hidden="true">
          {props.icon}
        </span>
        <div role="alert">
          <h1 className="message-page__title" ref={heading} tabIndex={-1}>
            {props.title}
          </h1>
          <p className="message-page__text">{props.text}</p>
        </div>
        <div className="message-page__buttons">{props.children}</div>
      </div>
    </main>
  );
}

/** A whole page that waits. */
export function WaitingPage({ text }: { text: string }) {
  return (
    <main className="centered-page">
      <div className="message-page" role="status">
        <span className="spinner" aria-hidden="true" />
        <p className="message-page__text">{text}</p>
      </div>
    </main>
  );
}
