import { useState } from 'react';
import { textOfDate, textOfMoment } from '../app/moments.ts';
import { useSubmit } from '../app/use-submit.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { ALL_SCOPES, type ApiKey } from './project-types.ts';
import type { KeysStore } from './projects-store.ts';

/** An API key: what it may do, when it was used, and the way to end it. */
export function KeyItem({ keys, apiKey }: { keys: KeysStore; apiKey: ApiKey }) {
  const { id, name, scopes, createdAt, lastUsedAt, revokedAt } = apiKey;
  const [isRevoking, setRevoking] = useState(false);
  const isValid = revokedAt === null;
  return (
    <li className={isValid ? 'key' : 'key key--revoked'}>
      <div className="key__text">
        <bdi className="key__name">{name}</bdi>
        <code className="key__id">{id}</code>
        <span className="key__facts">
          Made {textOfDate(createdAt)} ·{' '}
          {lastUsedAt === null ? 'never used' : `last used ${textOfMoment(lastUsedAt)}`}
          {revokedAt !== null && ` · revoked ${textOfMoment(revokedAt)}`}
        </span>
        <span className="key__scopes">
          {scopes.length === ALL_SCOPES.length ? (
            <span className="tag">everything</span>
          ) : (
            scopes.map((scope) => (
              <span key={scope} className="tag">
                {scope}
              </span>
            ))
          )}
        </span>
      </div>
      {isValid && (
        <Button look="quiet" size="small" onClick={() => setRevoking(true)}>
          Revoke<span className="visually-hidden"> {name}</span>
        </Button>
      )}
      {isRevoking && (
        <RevokeDialog keys={keys} apiKey={apiKey} onClose={() => setRevoking(false)} />
      )}
    </li>
  );
}

function RevokeDialog(props: { keys: KeysStore; apiKey: ApiKey; onClose: () => void }) {
  const { keys, apiKey, onClose } = props;
  const { isBusy, failure, submit } = useSubmit(async () => {
    await keys.revoke(apiKey.id);
    onClose();
  });
  return (
    <Dialog title="Revoke this key?" onClose={onClose}>
      <form onSubmit={submit} className="form">
        <p>
          What is signed with <bdi className="projects__strong">{apiKey.name}</bdi> is refused from
          this moment on. A revoked key does not come back.
        </p>
        {failure !== null && <FailureAlert failure={failure} />}
        <div className="dialog__buttons">
          <Button type="submit" look="danger" disabled={isBusy}>
            Revoke key
          </Button>
          <Button look="quiet" onClick={onClose}>
            Keep it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
