import { Download } from 'lucide-react';
import { useState } from 'react';
import { useAccount } from '../app/app-context.tsx';
import { navigate } from '../app/route.ts';
import { textOf, useSubmit } from '../app/use-submit.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { saveFile } from '../ui/save-file.ts';
import type { User } from './account-store.ts';
import { CurrentPasswordField } from './current-password-field.tsx';
import { DoneNote } from './done-note.tsx';
import { deleteAccount, readExport } from './own-account.ts';

const EXPORT_NAME = 'balai-export.json';

/** Takes one's data along, or the account away. */
export function DataSection({ user }: { user: User }) {
  const account = useAccount();
  const [isDeleting, setDeleting] = useState(false);
  const [done, setDone] = useState('');
  const { isBusy, failure, submit } = useSubmit(async () => {
    setDone('');
    saveFile(await readExport(account), EXPORT_NAME);
    setDone(`Your data is in the file ${EXPORT_NAME}.`);
  });

  return (
    <>
      <form className="form" onSubmit={submit} aria-label="Export">
        <p className="account__hint">
          One file with your profile, sessions, contacts, settings, rooms, meetings, messages and
          notifications.
        </p>
        {failure !== null && <FailureAlert failure={failure} />}
        <div className="account__buttons">
          <Button type="submit" disabled={isBusy}>
            <Download size={18} aria-hidden="true" />
            {isBusy ? 'Collecting your data…' : 'Export my data'}
          </Button>
          <DoneNote text={done} />
        </div>
      </form>
      <div className="form account__danger">
        <p className="account__hint">Deleting your account can not be undone.</p>
        <div className="account__buttons">
          <Button look="quiet" className="button--warning" onClick={() => setDeleting(true)}>
            Delete account…
          </Button>
        </div>
      </div>
      {isDeleting && <DeleteDialog user={user} onClose={() => setDeleting(false)} />}
    </>
  );
}

function DeleteDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const account = useAccount();
  const { isBusy, failure, submit } = useSubmit(async (form) => {
    await deleteAccount(account, textOf(form, 'currentPassword'));
    navigate('/');
  });
  return (
    <Dialog title="Delete your account?" onClose={onClose}>
      <form className="form" onSubmit={submit} aria-label="Delete account">
        <p>
          The account of <bdi>{user.email}</bdi> goes for good, with your picture, contacts and
          settings. Meetings in your rooms end now, and you are signed out everywhere.
        </p>
        <p className="account__hint">
          Rooms you made and messages you wrote stay for the others, without your name.
        </p>
        <CurrentPasswordField />
        {failure !== null && <FailureAlert failure={failure} />}
        <div className="dialog__buttons">
          <Button type="submit" look="danger" disabled={isBusy}>
            Delete account for good
          </Button>
          <Button onClick={onClose}>Keep account</Button>
        </div>
      </form>
    </Dialog>
  );
}
