import { createApiKeys } from '../features/projects/api-keys.ts';
import { createProjects, type ProjectsDependencies } from '../features/projects/projects.ts';
import { projectRoutes } from '../features/projects/routes.ts';
import type { Route } from '../kernel/route.ts';
import type { Secrets } from '../store/files/secrets.ts';

export interface ProjectPartsOptions extends ProjectsDependencies {
  readonly secrets: Secrets;
}

/** Builds projects and their API keys, for people who are signed in. */
export function createProjectRoutes(options: ProjectPartsOptions): readonly Route[] {
  return projectRoutes(createProjects(options), createApiKeys(options.database, options.secrets));
}
