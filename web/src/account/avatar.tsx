import { type CSSProperties, useState } from 'react';
import { hueOf, initialsOf } from '../meeting/people.ts';
import type { User } from './account-store.ts';

interface AvatarProps {
  readonly user: Pick<User, 'id' | 'firstName' | 'lastName' | 'avatarUrl'>;
  readonly size?: 'large';
  /** Shown instead of the picture that the account has. */
  readonly previewUrl?: string | null;
}

/** The picture of somebody; their initials where there is none. Only for the eye. */
export function Avatar({ user, size, previewUrl = null }: AvatarProps) {
  const [brokenUrl, setBrokenUrl] = useState<string | null>(null);
  const url = previewUrl ?? user.avatarUrl;
  return (
    <span
      className={size === undefined ? 'avatar' : `avatar avatar--${size}`}
      style={{ '--hue': hueOf(user.id) } as CSSProperties}
      aria-hidden="true"
    >
      {url === null || url === brokenUrl ? (
        initialsOf(`${user.firstName} ${user.lastName}`)
      ) : (
        <img className="avatar__picture" src={url} alt="" onError={() => setBrokenUrl(url)} />
      )}
    </span>
  );
}
