import { createExternalUsers } from '../features/projects/external-users.ts';
import { type DataRoutesOptions, serviceDataRoutes } from '../features/room-service/data-routes.ts';
import {
  type ParticipantRoutesOptions,
  serviceParticipantRoutes,
} from '../features/room-service/participant-routes.ts';
import { serviceRoomRoutes } from '../features/room-service/room-routes.ts';
import {
  ServiceParticipants,
  type ServiceParticipantsOptions,
} from '../features/room-service/service-participants.ts';
import {
  createServiceRooms,
  type ServiceRoomsDependencies,
} from '../features/room-service/service-rooms.ts';
import { createProjectRooms } from '../features/rooms/project-rooms.ts';
import type { Route } from '../kernel/route.ts';

export type ServicePartsOptions = Omit<ServiceRoomsDependencies, 'projectRooms'> &
  Omit<ServiceParticipantsOptions, 'users'> &
  Omit<ParticipantRoutesOptions, 'people' | 'resolve'> &
  Omit<DataRoutesOptions, 'resolve'>;

/** Builds what the backends of applications ask of the rooms of their projects. */
export function createServiceRoutes(options: ServicePartsOptions): readonly Route[] {
  const { database } = options;
  const rooms = createServiceRooms({ ...options, projectRooms: createProjectRooms(database) });
  const people = new ServiceParticipants({ ...options, users: createExternalUsers(database) });
  const { resolve } = rooms;
  return [
    ...serviceRoomRoutes(rooms),
    ...serviceParticipantRoutes({ ...options, people, resolve }),
    ...serviceDataRoutes({ ...options, resolve }),
  ];
}
