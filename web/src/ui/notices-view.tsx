import { X } from 'lucide-react';
import { useStore } from '../app/store.ts';
import type { Notices } from './notices.ts';
import './notices.css';

/** Shows the notices, and says them to screen readers: news politely, problems at once. */
export function NoticesView({ notices }: { notices: Notices }) {
  const shown = useStore(notices.state);
  return (
    <div className="notices">
      <div role="alert">
        {shown
          .filter(({ tone }) => tone === 'problem')
          .map(({ id, text }) => (
            <div key={id} className="notice notice--problem">
              <span className="notice__text" dir="auto">
                {text}
              </span>
              <button
                type="button"
                className="notice__close"
                aria-label="Dismiss"
                onClick={() => notices.dismiss(id)}
              >
                <X size={16} aria-hidden="true" />
              </button>
            </div>
          ))}
      </div>
      <div role="status" className="notices__news">
        {shown
          .filter(({ tone }) => tone === 'info')
          .map(({ id, text }) => (
            <div key={id} className="notice">
              <span className="notice__text" dir="auto">
                {text}
              </span>
            </div>
          ))}
      </div>
    </div>
  );
}
