import type { Exercise, ExerciseWorld } from './exercise.ts';
import { createTestProject, type TestProject } from './test-project.ts';

/** A project with a key, as its owner names both. */
async function ownProject({ api }: ExerciseWorld): Promise<{
  readonly made: TestProject;
  readonly exercise: Exercise;
}> {
  const made = await createTestProject(api);
  const { owner, project } = made;
  return { made, exercise: { token: owner.accessToken, params: { projectId: project.id } } };
}

/** How to call what concerns projects and their keys, by operationId. */
export const PROJECT_EXERCISES: Readonly<
  Record<string, (world: ExerciseWorld) => Promise<Exercise> | Exercise>
> = {
  post_projects: ({ ann }) => ({ token: ann.accessToken, body: { name: 'Application' } }),
  get_projects: async ({ api }) => ({ token: (await createTestProject(api)).owner.accessToken }),
  get_projects_projectId: async (world) => (await ownProject(world)).exercise,
  patch_projects_projectId: async (world) => ({
    ...(await ownProject(world)).exercise,
    body: { name: 'Another name' },
  }),
  delete_projects_projectId: async (world) => (await ownProject(world)).exercise,
  post_projects_projectId_keys: async (world) => ({
    ...(await ownProject(world)).exercise,
    body: { name: 'server' },
  }),
  get_projects_projectId_keys: async (world) => (await ownProject(world)).exercise,
  delete_projects_projectId_keys_keyId: async (world) => {
    const { made, exercise } = await ownProject(world);
    return { ...exercise, params: { ...exercise.params, keyId: made.key.id } };
  },
};
