/** Stands for what your application has already: its people, and how they sign in to it. */
import { randomUUID } from 'node:crypto';

/** @typedef {(typeof USERS)[number]} User */

const USERS = [
  { id: 'user-1', name: 'Ada', password: 'analytical', calls: ['stand-up'], isLead: true },
  { id: 'user-2', name: 'Budi', password: 'bersama', calls: ['stand-up'], isLead: false },
];

/** @type {Map<string, User>} Who is signed in, by what their cookie says. */
const sessions = new Map();

/**
 * @param {{ name?: string, password?: string }} credentials
 * @returns {string | undefined} What the cookie is to say.
 */
export function signIn({ name, password }) {
  const user = USERS.find((one) => one.name === name && one.password === password);
  if (!user) return undefined;
  const session = randomUUID();
  sessions.set(session, user);
  return session;
}

/** @param {string | undefined} cookies Of the request. */
export function findUser(cookies = '') {
  const [, session = ''] = /\bsession=([\w-]+)/.exec(cookies) ?? [];
  return sessions.get(session);
}
