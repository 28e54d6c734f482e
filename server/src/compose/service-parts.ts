import { createExternalUsers } from '../features/projects/external-users.ts';
import { BackendData, type BackendDataOptions } from '../features/room-service/backend-data.ts';
import { serviceDataRoutes } from '../features/room-service/data-routes.ts';
import {
  type ParticipantRoutesOptions,
  serviceParticipantRoutes,
} from '../features/room-service/participant-routes.ts';
import {
  ParticipantsHere,
  type ParticipantsHereOptions,
} from '../features/room-service/participants-here.ts';
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

export type ServicePartsOptions = Omit<ServiceRoomsDependencies, 'projectRooms' | 'here'> &
  Omit<ServiceParticipantsOptions, 'users' | 'here'> &
  Omit<ParticipantRoutesOptions, 'people' | 'resolve'> &
  ParticipantsHereOptions &
  BackendDataOptions;

/** Builds what the backends of applications ask of the rooms of their projects. */
export function createServiceRoutes(options: ServicePartsOptions): readonly Route[] {
  const { database } = options;
  const here = new ParticipantsHere(options);
  const projectRooms = createProjectRooms(database);
  const rooms = createServiceRooms({ ...options, here, projectRooms });
  const users = createExternalUsers(database);
  const people = new ServiceParticipants({ ...options, here, users });
  const { resolve } = rooms;
  return [
    ...serviceRoomRoutes(rooms),
    ...serviceParticipantRoutes({ ...options, people, resolve }),
    ...serviceDataRoutes({ data: new BackendData(options), people, resolve }),
  ];
}
