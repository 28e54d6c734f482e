import { type ChangeEvent, useEffect, useRef, useState } from 'react';
import { useAccount } from '../app/app-context.tsx';
import { type Failure, toFailure } from '../app/failure.ts';
import { Button } from '../ui/button.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import type { User } from './account-store.ts';
import { Avatar } from './avatar.tsx';
import { DoneNote } from './done-note.tsx';
import { removeAvatar, setAvatar } from './own-account.ts';
import { preparePicture } from './picture.ts';

interface Preview {
  readonly picture: Blob;
  readonly url: string;
}

/** Chooses a picture, shows what it will look like, and saves it; or removes the present one. */
export function AvatarForm({ user }: { user: User }) {
  const account = useAccount();
  const input = useRef<HTMLInputElement>(null);
  const chooser = useRef<HTMLButtonElement>(null);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [done, setDone] = useState('');

  useEffect(
    () => () => {
      if (preview !== null) URL.revokeObjectURL(preview.url);
    },
    [preview],
  );

  async function run(work: () => Promise<void>) {
    if (isBusy) return;
    setBusy(true);
    setFailure(null);
    setDone('');
    try {
      await work();
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setBusy(false);
    }
  }

  /** The button that was pressed goes away with it. */
  function finish(text: string) {
    setPreview(null);
    setDone(text);
    chooser.current?.focus();
  }

  function choose(event: ChangeEvent<HTMLInputElement>) {
    const [file] = event.currentTarget.files ?? [];
    // So that the same file can be chosen again.
    event.currentTarget.value = '';
    if (file === undefined) return;
    setPreview(null);
    void run(async () => {
      const picture = await preparePicture(file);
      setPreview({ picture, url: URL.createObjectURL(picture) });
      setDone('This is how it will look. Save it to keep it.');
    });
  }

  const save = ({ picture }: Preview) =>
    run(async () => {
      await setAvatar(account, picture);
      finish('Your picture is saved.');
    });
  const remove = () =>
    run(async () => {
      await removeAvatar(account);
      finish('Your picture is removed.');
    });

  const hasPicture = user.avatarUrl !== null;
  return (
    <div className="avatar-form">
      <Avatar user={user} size="large" previewUrl={preview?.url ?? null} />
      <div className="form">
        <input
          ref={input}
          type="file"
          hidden
          accept="image/*"
          aria-label="Picture"
          onChange={choose}
        />
        <div className="account__buttons">
          <button
            ref={chooser}
            type="button"
            className="button button--quiet button--small"
            onClick={() => input.current?.click()}
          >
            {hasPicture || preview !== null ? 'Choose another picture' : 'Choose a picture'}
          </button>
          {preview !== null && (
            <>
              <Button
                look="primary"
                size="small"
                disabled={isBusy}
                onClick={() => void save(preview)}
              >
                Save picture
              </Button>
              <Button look="quiet" size="small" disabled={isBusy} onClick={() => finish('')}>
                Cancel
              </Button>
            </>
          )}
          {preview === null && hasPicture && (
            <Button look="quiet" size="small" disabled={isBusy} onClick={() => void remove()}>
              Remove picture
            </Button>
          )}
        </div>
        <p className="field__hint">The middle of it is shown, in a circle.</p>
        {failure !== null && <FailureAlert failure={failure} />}
        <DoneNote text={done} />
      </div>
    </div>
  );
}
