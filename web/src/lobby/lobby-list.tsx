import { useLobby } from '@balai/client/react';
import { Check, X } from 'lucide-react';
import { useMeeting } from '../meeting/meeting-context.ts';
import { Button } from '../ui/button.tsx';
import './lobby.css';

/** Who waits to be let in, with the two answers. Nothing while nobody does, and for who may not answer. */
export function LobbyList() {
  const { moderation } = useMeeting();
  const waiting = useLobby();
  if (waiting.length === 0) return null;

  const admit = (identities: readonly string[]) =>
    void moderation.attempt('Nobody was let in.', () => moderation.acts.approve(identities));
  const deny = (identity: string) =>
    void moderation.attempt('Nobody was turned away.', () => moderation.acts.deny(identity));

  return (
    <section className="lobby" aria-labelledby="lobby-title">
      <header className="lobby__head">
        <h3 className="lobby__title" id="lobby-title">
          In the lobby ({waiting.length})
        </h3>
        {waiting.length > 1 && (
          <Button
            look="quiet"
            size="small"
            onClick={() => admit(waiting.map(({ identity }) => identity))}
          >
            Let all in
          </Button>
        )}
      </header>
      <ul aria-label="In the lobby">
        {waiting.map(({ identity, name }) => (
          <li key={identity} className="lobby__one">
            <bdi className="lobby__name" title={name}>
              {name}
            </bdi>
            <Button
              look="quiet"
              size="small"
              aria-label={`Turn ${name} away`}
              title="Turn away"
              onClick={() => deny(identity)}
            >
              <X size={16} aria-hidden="true" />
            </Button>
            <Button
              look="primary"
              size="small"
              aria-label={`Let in ${name}`}
              onClick={() => admit([identity])}
            >
              <Check size={16} aria-hidden="true" /> Let in
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
