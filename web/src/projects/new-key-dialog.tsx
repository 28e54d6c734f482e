import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { textOf, useSubmit } from '../app/use-submit.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { CheckField, TextField } from '../ui/field.tsx';
import { ALL_SCOPES, type CreatedKey, SCOPES, type Scope } from './project-types.ts';
import type { KeysStore } from './projects-store.ts';

/** Makes an API key, and then shows its secret, this once. */
export function NewKeyDialog({ keys, onClose }: { keys: KeysStore; onClose: () => void }) {
  const [created, setCreated] = useState<CreatedKey | null>(null);
  if (created !== null) return <SecretDialog apiKey={created} onClose={onClose} />;
  return <ScopesDialog keys={keys} onCreated={setCreated} onClose={onClose} />;
}

interface ScopesDialogProps {
  readonly keys: KeysStore;
  readonly onCreated: (key: CreatedKey) => void;
  readonly onClose: () => void;
}

function ScopesDialog({ keys, onCreated, onClose }: ScopesDialogProps) {
  const [scopes, setScopes] = useState<ReadonlySet<Scope>>(new Set(ALL_SCOPES));
  const { isBusy, failure, submit } = useSubmit(async (form) => {
    const chosen = ALL_SCOPES.filter((scope) => scopes.has(scope));
    onCreated(await keys.create(textOf(form, 'name').trim(), chosen));
  });

  function toggle(scope: Scope, isChosen: boolean) {
    const next = new Set(scopes);
    if (isChosen) next.add(scope);
    else next.delete(scope);
    setScopes(next);
  }

  return (
    <Dialog title="New API key" onClose={onClose}>
      <form className="form" onSubmit={submit} aria-label="New API key">
        <TextField
          label="Name"
          name="name"
          required
          pattern=".*\S.*"
          maxLength={255}
          autoComplete="off"
          hint="For example where it is used: backend, staging."
        />
        <fieldset className="scopes">
          <legend className="field__label">What it may do</legend>
          {ALL_SCOPES.map((scope) => (
            <CheckField
              key={scope}
              label={SCOPES[scope]}
              isChecked={scopes.has(scope)}
              onChange={(isChosen) => toggle(scope, isChosen)}
            />
          ))}
        </fieldset>
        {failure !== null && <FailureAlert failure={failure} />}
        <div className="dialog__buttons">
          <Button type="submit" look="primary" disabled={isBusy || scopes.size === 0}>
            Create key
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function SecretDialog({ apiKey, onClose }: { apiKey: CreatedKey; onClose: () => void }) {
  return (
    <Dialog title="Your new API key" onClose={onClose}>
      <div className="form">
        <p role="status" className="secret__warning">
          Copy the secret now: it is shown this once only.
        </p>
        <SecretField label="API key" value={apiKey.id} />
        <SecretField label="Secret" value={apiKey.secret} />
        <p className="projects__hint">
          Keep it in your backend. Whoever has it acts in the name of your application.
        </p>
        <div className="dialog__buttons">
          <Button look="primary" onClick={onClose}>
            I have copied it
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

/** Something to copy, with a button that does. Where the clipboard is closed, it is selected. */
function SecretField({ label, value }: { label: string; value: string }) {
  const [isCopied, setCopied] = useState(false);
  const id = `secret-${label.replaceAll(' ', '-').toLowerCase()}`;

  async function copy() {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch (error) {
      console.warn('The clipboard can not be written to.', error);
      const field = document.getElementById(id);
      if (field instanceof HTMLInputElement) field.select();
    }
  }

  const Icon = isCopied ? Check : Copy;
  return (
    <div className="field">
      <label className="field__label" htmlFor={id}>
        {label}
      </label>
      <div className="secret">
        <input
          id={id}
          className="field__input secret__value"
          readOnly
          spellCheck={false}
          value={value}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button
          look="quiet"
          size="icon"
          aria-label={`Copy ${label}`}
          title="Copy"
          onClick={() => void copy()}
        >
          <Icon size={18} aria-hidden="true" />
        </Button>
      </div>
      <span role="status" className="visually-hidden">
        {isCopied ? `${label} copied` : ''}
      </span>
    </div>
  );
}
