import type { CheckInfo } from '@balai/client/connection-check';
import { Check, CircleMinus, CircleX, Clock } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link } from '../app/link.tsx';
import { useStore } from '../app/store.ts';
import { useTitle } from '../app/use-title.ts';
import { Button } from '../ui/button.tsx';
import { Logo } from '../ui/logo.tsx';
import { useFocusOnMount } from '../ui/use-focus-on-mount.ts';
import { type CheckState, CheckStore } from './check-store.ts';
import {
  CHECK_TITLES,
  judge,
  STATUS_TEXTS,
  textOfData,
  textOfReason,
  textReport,
} from './check-texts.ts';
import './check.css';

/** Finds out before a meeting whether it would work, without camera, microphone or account. */
export function CheckPage() {
  const [store] = useState(() => new CheckStore());
  const state = useStore(store.state);
  const heading = useFocusOnMount<HTMLHeadingElement>();
  useTitle('Connection check');
  useEffect(() => () => store.close(), [store]);
  const { phase, infos } = state;

  return (
    <div className="diagnosis">
      <header className="diagnosis__header">
        <Link to="/" className="logo">
          <Logo />
        </Link>
      </header>
      <main className="diagnosis__main">
        <h1 className="diagnosis__title" ref={heading} tabIndex={-1}>
          Connection check
        </h1>
        <p className="diagnosis__hint">
          Sends a drawn picture and a tone to this server and back. Your camera and microphone stay
          off. It takes about half a minute, and some 6 MB.
        </p>
        <div className="diagnosis__start">
          <Button
            look="primary"
            aria-disabled={phase === 'running'}
            onClick={() => void store.run()}
          >
            {phase === 'running' ? 'Checking…' : phase === 'done' ? 'Check again' : 'Start check'}
          </Button>
        </div>
        <div role="status">{phase === 'done' && <VerdictNote infos={infos} />}</div>
        <ol className="diagnosis__list" aria-label="Checks">
          {infos.map((info) => (
            <CheckItem key={info.name} info={info} />
          ))}
        </ol>
        {phase === 'done' && <Report state={state} />}
      </main>
    </div>
  );
}

function VerdictNote({ infos }: { infos: readonly CheckInfo[] }) {
  const { look, title, text } = judge(infos);
  return (
    <div className={`card diagnosis__verdict diagnosis__verdict--${look}`} data-verdict={look}>
      <p className="diagnosis__verdict-title">{title}</p>
      <p>{text}</p>
    </div>
  );
}

function CheckItem({ info }: { info: CheckInfo }) {
  const { name, status, reason, logs } = info;
  const found = textOfData(info);
  const warnings = logs.filter(({ level }) => level === 'warning');
  return (
    <li className="card diagnosis__item" data-check={name} data-status={status}>
      <span className={`diagnosis__mark diagnosis__mark--${status}`} aria-hidden="true">
        <StatusIcon status={status} />
      </span>
      <div className="diagnosis__body">
        <h2 className="diagnosis__name">
          {CHECK_TITLES[name]}
          <span className={`diagnosis__status diagnosis__status--${status}`}>
            {STATUS_TEXTS[status]}
          </span>
        </h2>
        {found !== '' && <p className="diagnosis__found">{found}</p>}
        {warnings.map(({ message }) => (
          <p key={message} className="diagnosis__found">
            {message}
          </p>
        ))}
        {reason !== undefined && (
          <p className="diagnosis__reason" data-code={reason.code}>
            {textOfReason(name, reason)}
          </p>
        )}
      </div>
    </li>
  );
}

function StatusIcon({ status }: { status: CheckInfo['status'] }) {
  switch (status) {
    case 'running':
      return <span className="spinner diagnosis__spinner" />;
    case 'success':
      return <Check size={20} />;
    case 'failed':
      return <CircleX size={20} />;
    case 'skipped':
      return <CircleMinus size={20} />;
    case 'idle':
      return <Clock size={20} />;
  }
}

function Report({ state: { infos, startedAt } }: { state: CheckState }) {
  const [copied, setCopied] = useState<'no' | 'yes' | 'refused'>('no');
  const [isOpen, setOpen] = useState(false);
  const text = textReport(infos, {
    server: window.location.origin,
    browser: navigator.userAgent,
    moment: startedAt ?? new Date(),
  });

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setCopied('yes');
    } catch (error) {
      console.warn('The clipboard can not be written to.', error);
      setCopied('refused');
      setOpen(true);
    }
  }

  return (
    <section className="diagnosis__report" aria-label="Report">
      <div className="diagnosis__start">
        <Button onClick={() => void copy()}>Copy report</Button>
        <span role="status">
          {copied === 'yes' && 'Copied. Paste it to whoever helps you.'}
          {copied === 'refused' && 'Your browser does not let pages copy: select the text below.'}
        </span>
      </div>
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Report as text</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
        <pre className="diagnosis__text" tabIndex={0}>
          {text}
        </pre>
      </details>
    </section>
  );
}
