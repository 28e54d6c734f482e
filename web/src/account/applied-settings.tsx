import { useEffect } from 'react';
import { useAccount, useAccountState } from '../app/app-context.tsx';
import { readSettings } from './settings-store.ts';
import './applied-settings.css';

/** Has the pages of a room follow what the person has chosen. Shows nothing itself. */
export function AppliedSettings() {
  const account = useAccount();
  const isSignedIn = useAccountState().status === 'signedIn';

  useEffect(() => {
    if (!isSignedIn) return;
    const { dataset } = document.documentElement;
    let isOver = false;
    readSettings(account)
      .then((settings) => {
        if (!isOver && !settings.mirror_own_video) dataset['ownVideo'] = 'plain';
      })
      .catch((error: unknown) => {
        console.warn('The settings could not be read; the defaults hold.', error);
      });
    return () => {
      isOver = true;
      delete dataset['ownVideo'];
    };
  }, [account, isSignedIn]);

  return null;
}
