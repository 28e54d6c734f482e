import type { Identity, RoomId } from './ids.ts';
import type { Timestamp } from './models.ts';

/*
 * The REST API over people. `admin` wants the access token of an administrator.
 *
 * | request                                   | auth  | body                  | answer               |
 * | ----------------------------------------- | ----- | --------------------- | -------------------- |
 * | PATCH /v1/users/me                        | user  | UpdateUserRequest     | 200 User             |
 * | POST /v1/users/me/email                   | user  | ChangeEmailRequest    | 200 User             |
 * | POST /v1/users/me/password                | user  | ChangePasswordRequest | 204                  |
 * | POST /v1/users/me/email-verification      | user  |                       | 202                  |
 * | PUT /v1/users/me/avatar                   | user  | PNG, JPEG or WebP     | 200 User             |
 * | DELETE /v1/users/me/avatar                | user  |                       | 204                  |
 * | GET /v1/users/me/export                   | user  |                       | 200, a JSON file     |
 * | DELETE /v1/users/me                       | user  | DeleteUserRequest     | 204                  |
 * | GET /v1/users/me/sessions?cursor=&limit=  | user  |                       | 200 Page<SessionInfo> |
 * | DELETE /v1/users/me/sessions              | user  |                       | 204, all others end  |
 * | DELETE /v1/users/me/sessions/:sessionId   | user  |                       | 204                  |
 * | GET /v1/users/me/settings                 | user  |                       | 200 UserSettings     |
 * | GET, PUT, DELETE /v1/users/me/settings/:key | user | SettingValue         | 200 SettingValue     |
 * | GET /v1/users/search?q=                   | user  |                       | 200 UserSearchAnswer |
 * | GET /v1/contacts?cursor=&limit=           | user  |                       | 200 Page<Contact>    |
 * | POST /v1/contacts                         | user  | AddContactRequest     | 201 Contact          |
 * | DELETE /v1/contacts/:userId               | user  |                       | 204                  |
 * | GET /v1/avatars/:name                     | none  |                       | 200, a picture       |
 * | POST /v1/auth/verify-email                | none  | VerifyEmailRequest    | 204                  |
 * | POST /v1/auth/forgot-password             | none  | ForgotPasswordRequest | 202                  |
 * | POST /v1/auth/reset-password              | none  | ResetPasswordRequest  | 204                  |
 * | GET /v1/admin/users?q=&status=&cursor=&limit= | admin |                   | 200 Page<AdminUser>  |
 * | PATCH /v1/admin/users/:userId             | admin | SetUserStatusRequest  | 200 AdminUser        |
 */

/** What is to be different. Absent fields stay as they are. */
export interface UpdateUserRequest {
  readonly firstName?: string;
  readonly lastName?: string;
}

export interface ChangeEmailRequest {
  readonly email: string;
  /** The present one of the account. */
  readonly password: string;
}

/** Ends every other session of the account. */
export interface ChangePasswordRequest {
  readonly currentPassword: string;
  /** 8 to 200 characters. */
  readonly newPassword: string;
}

export interface DeleteUserRequest {
  readonly password: string;
}

export interface VerifyEmailRequest {
  /** Of the mail. */
  readonly token: string;
}

/** Answered the same whether there is such an account or not. */
export interface ForgotPasswordRequest {
  readonly email: string;
}

/** Ends every session of the account. */
export interface ResetPasswordRequest {
  /** Of the mail. */
  readonly token: string;
  /** 8 to 200 characters. */
  readonly password: string;
}

/** A device that is signed in. */
export interface SessionInfo {
  readonly id: string;
  /** Whether it is the one that asks. */
  readonly isCurrent: boolean;
  /** IP address of the last refresh. */
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly createdAt: Timestamp;
  readonly lastUsedAt: Timestamp;
  readonly expiresAt: Timestamp;
}

/** What a person has chosen, for every app of theirs. The server keeps it, and the apps follow it. */
export interface UserSettings {
  readonly join_muted: boolean;
  readonly join_without_camera: boolean;
  readonly mirror_own_video: boolean;
}

/** One setting, as it is sent and answered. */
export interface SettingValue {
  readonly value: unknown;
}

/** Somebody, as others may see them. */
export interface UserSummary {
  readonly id: Identity;
  readonly firstName: string;
  readonly lastName: string;
  readonly avatarUrl: string | null;
  /** Only where the one who asks knew it already; null otherwise. */
  readonly email: string | null;
}

/** At most 10: who is not among them is to be searched for more exactly. */
export interface UserSearchAnswer {
  readonly items: readonly UserSummary[];
}

/** By one of both: the address of anybody, or the id of somebody one was in a room with. */
export interface AddContactRequest {
  readonly email?: string;
  readonly userId?: Identity;
}

export interface Contact extends UserSummary {
  readonly addedAt: Timestamp;
  /** The room that they are in, where it is one that the user hosts, or is or was in; null else. */
  readonly room: { readonly id: RoomId; readonly name: string } | null;
}

export const USER_STATUSES = ['active', 'inactive', 'banned', 'deleted'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

/** A user, as administrators see them. */
export interface AdminUser {
  readonly id: Identity;
  readonly kind: 'registered' | 'external' | 'guest';
  readonly email: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly status: UserStatus;
  readonly isAdmin: boolean;
  readonly lastLoginAt: Timestamp | null;
  readonly createdAt: Timestamp;
}

/** Anything but `active` ends every session of the user. */
export interface SetUserStatusRequest {
  readonly status: Exclude<UserStatus, 'deleted'>;
}
