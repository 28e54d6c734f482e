import { beforeEach, describe, expect, it } from 'vitest';
import { AnsweringServer } from '../account/answering-server.ts';
import type { Project } from './project-types.ts';
import { ProjectsStore } from './projects-store.ts';

const PATH = '/v1/projects';

let server: AnsweringServer;
let projects: ProjectsStore;

beforeEach(async () => {
  server = new AnsweringServer();
  projects = new ProjectsStore(await server.signIn());
  server.on(`GET ${PATH}`, () => ({ items: [project('p1', 'School')], nextCursor: null }));
  await projects.list.load();
});

function project(id: string, name: string): Project {
  return { id, name, jwksUrl: null, issuer: null, createdAt: '2026-01-01T00:00:00Z' };
}

function shown(): string[] {
  return projects.list.state.get().items.map(({ name }) => name);
}

describe('what the server refuses has words of its own', () => {
  it.each([
    ['forbidden', 'projects_for_administrators'],
    ['conflict', 'too_many_projects'],
  ])('%s, when a project is made: %s', async (code, shownAs) => {
    server.refuse(`POST ${PATH}`, code);
    await expect(projects.create('Clinic')).rejects.toMatchObject({ code: shownAs });
    expect(shown()).toEqual(['School']);
  });

  it('an issuer that another project has', async () => {
    server.refuse(`PATCH ${PATH}/p1`, 'conflict');
    const changes = { name: 'School', issuer: 'us', jwksUrl: 'https://us.example.org/keys' };
    await expect(projects.update('p1', changes)).rejects.toMatchObject({ code: 'issuer_taken' });
  });

  it('a key too many', async () => {
    server.refuse(`POST ${PATH}/p1/keys`, 'conflict');
    const created = projects.keysOf('p1').create('backend', ['tokens']);
    await expect(created).rejects.toMatchObject({ code: 'too_many_keys' });
  });
});

it('a changed project stays where it was in the list', async () => {
  server.on(`POST ${PATH}`, () => project('p2', 'Clinic'));
  await projects.create('Clinic');
  server.on(`PATCH ${PATH}/p1`, () => project('p1', 'Evening school'));
  await projects.update('p1', { name: 'Evening school', issuer: null, jwksUrl: null });
  expect(shown()).toEqual(['Clinic', 'Evening school']);
});

it('the list of keys never has their secrets', async () => {
  const path = `${PATH}/p1/keys`;
  const key = { id: 'BK1', name: 'backend', scopes: ['tokens'], createdAt: '', lastUsedAt: null };
  server.on(`POST ${path}`, () => ({ ...key, revokedAt: null, secret: 'hush' }));
  const keys = projects.keysOf('p1');
  expect((await keys.create('backend', ['tokens'])).secret).toBe('hush');
  expect(keys.state.get().keys).toEqual([{ ...key, revokedAt: null }]);
});
