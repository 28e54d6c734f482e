import { createContext, use } from 'react';
import { type AccountState, AccountStore, browserAccountParts } from '../account/account-store.ts';
import { useStore } from './store.ts';

/** The stores that live as long as the app. */
export interface AppStores {
  readonly account: AccountStore;
}

/** Builds the stores; nothing happens until `account.restore()`. */
export function createAppStores(): AppStores {
  return { account: new AccountStore(browserAccountParts()) };
}

/** Hands the stores to the pages. */
export const AppContext = createContext<AppStores | null>(null);

/** The account store, for a component. */
export function useAccount(): AccountStore {
  const stores = use(AppContext);
  if (stores === null) throw new Error('A page is rendered outside of the app.');
  return stores.account;
}

/** Who uses the app, for a component. */
export function useAccountState(): AccountState {
  return useStore(useAccount().state);
}
