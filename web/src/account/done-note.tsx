import { Check } from 'lucide-react';
import './done-note.css';

/** Says that something worked, also to screen readers: it is there before it has a text. */
export function DoneNote({ text }: { text: string }) {
  return (
    <p role="status" className="done-note">
      {text !== '' && (
        <>
          <Check size={18} aria-hidden="true" />
          <span>{text}</span>
        </>
      )}
    </p>
  );
}
