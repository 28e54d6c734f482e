import { useState } from 'react';
import { AccountForm } from '../account/account-form.tsx';
import { useAccountState } from '../app/app-context.tsx';
import type { Failure } from '../app/failure.ts';
import type { RoomSummary } from '../rooms/room-summary.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { TextField } from '../ui/field.tsx';
import { storeGuestName } from './guest-name.ts';
import { NetworkField, storeTcpOnly } from './network-field.tsx';

/** What a person enters to join. */
export interface JoinEntry {
  /** Null for who is signed in: the account has the name. */
  readonly name: string | null;
  readonly password: string | null;
  /** Whether media must not go over UDP. */
  readonly isTcpOnly: boolean;
}

interface JoinFormProps {
  readonly room: RoomSummary;
  readonly isJoining: boolean;
  readonly failure: Failure | null;
  readonly initialName: string;
  readonly initialPassword: string;
  readonly initialTcpOnly: boolean;
  readonly onJoin: (entry: JoinEntry) => void;
}

const GUESTS_NOT_ALLOWED: Failure = { code: 'guests_not_allowed', message: '' };

/** Name and password, as far as they are needed, and the button to join. */
export function JoinForm(props: JoinFormProps) {
  const { room, isJoining, failure } = props;
  const account = useAccountState();
  const [name, setName] = useState(props.initialName);
  const [password, setPassword] = useState(props.initialPassword);
  const [isTcpOnly, setTcpOnly] = useState(props.initialTcpOnly);
  const [isSigningIn, setSigningIn] = useState(false);
  const user = account.status === 'signedIn' ? account.user : null;
  const isHost = user !== null && user.id === room.hostId;
  const needsPassword = room.hasPassword && !isHost;

  function join() {
    if (isJoining) return;
    const guestName = user === null ? name.trim() : null;
    if (guestName !== null) storeGuestName(guestName);
    storeTcpOnly(isTcpOnly);
    props.onJoin({ name: guestName, password: needsPassword ? password : null, isTcpOnly });
  }

  const canOnlySignIn = user === null && !room.guestsAllowed;
  return (
    <>
      {canOnlySignIn ? (
        <FailureAlert failure={GUESTS_NOT_ALLOWED} />
      ) : (
        <form
          className="form"
          aria-label="Join"
          onSubmit={(event) => {
            event.preventDefault();
            join();
          }}
        >
          {user === null ? (
            <TextField
              label="Your name"
              name="name"
              value={name}
              onChange={(event) => setName(event.target.value)}
              required
              pattern=".*\S.*"
              maxLength={100}
              autoComplete="name"
            />
          ) : (
            <p className="preview__who">
              You join as{' '}
              <strong>
                <bdi>
                  {user.firstName} {user.lastName}
                </bdi>
              </strong>
              .
            </p>
          )}
          {needsPassword && (
            <TextField
              label="Room password"
              name="room-password"
              type="password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
              required
              maxLength={200}
              autoComplete="off"
              aria-invalid={failure?.code === 'wrong_room_password'}
            />
          )}
          <NetworkField isTcpOnly={isTcpOnly} onChange={setTcpOnly} />
          {failure !== null && <FailureAlert failure={failure} />}
          <Button type="submit" look="primary" disabled={isJoining}>
            {isJoining ? 'Joining…' : 'Join'}
          </Button>
        </form>
      )}
      {user === null && (
        <SignInOffer isOnlyWay={canOnlySignIn} onSignIn={() => setSigningIn(true)} />
      )}
      {isSigningIn && (
        <Dialog title="Your account" onClose={() => setSigningIn(false)}>
          <AccountForm onSignedIn={() => setSigningIn(false)} />
          <div className="dialog__buttons">
            <Button look="quiet" onClick={() => setSigningIn(false)}>
              Cancel
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function SignInOffer(props: { isOnlyWay: boolean; onSignIn: () => void }) {
  if (props.isOnlyWay) {
    return (
      <Button look="primary" onClick={props.onSignIn}>
        Sign in
      </Button>
    );
  }
  return (
    <p className="preview__hint">
      You have an account?{' '}
      <Button look="link" onClick={props.onSignIn}>
        Sign in
      </Button>
    </p>
  );
}
